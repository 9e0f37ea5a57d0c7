/// How a client reaches a cluster, and how much it may take on.
public struct ClusterConfiguration: Sendable {
    /// The nodes to ask first; at least one.
    public var contactPoints: [ContactPoint]
    /// The name and password for `PasswordAuthenticator`; nil where nodes do not ask.
    public var credentials: Credentials?
    /// How connections are encrypted; nil where they are not.
    public var encryption: Encryption?
    /// The data centre whose nodes coordinate; nil takes that of the first contact point that answers.
    public var localDataCenter: String?
    /// Whether nodes of other data centres coordinate when no local one can, at levels that are not local ones.
    public var usesRemoteDataCenters = false
    /// What frames are compressed with; nil for not at all, which costs less where the network is near.
    public var compression: FrameCompression?

    /// Connections to each node.
    ///
    /// One takes 2,048 requests at a time, and a node works on fewer.
    public var connectionsPerNode = 1
    /// How many requests may be under way at a time, over all nodes; one more fails as overloaded at once.
    public var maximumRequestsUnderWay = 8_192
    /// How long a message from a node may be, in bytes; a longer one ends its connection.
    public var maximumFrameBytes = 64 << 20

    /// How long a request may take, retries included, unless its options say otherwise.
    public var requestTimeout = Duration.seconds(10)
    /// How long one node may take to answer a request that can be repeated elsewhere.
    ///
    /// Longer than a coordinator waits for its replicas (2 s for writes as a rule): its own error says more.
    public var attemptTimeout = Duration.seconds(3)
    /// How long a connection may take to stand, and again to be ready for requests.
    public var connectTimeout = Duration.seconds(5)
    /// How long connecting to the cluster goes on while no node can be asked and that may pass, as where nodes start at
    /// the same time; zero gives up when every contact point has failed.
    public var startPatience = Duration.zero
    /// How long a node may leave requests unanswered, all of them, until others are asked before it.
    public var suspicionTimeout = Duration.seconds(1)
    /// How long a connection may be idle until it is tested; a test unanswered for as long ends it.
    public var idleTimeout = Duration.seconds(15)
    /// How often topology and schema are read anew when no node tells of a change.
    public var refreshInterval = Duration.seconds(300)
    /// How long changes that nodes tell of are gathered before topology and schema are read anew.
    public var refreshDelay = Duration.milliseconds(500)
    /// The pause before a lost connection is made anew; it doubles with every failure.
    public var reconnectPause = Duration.milliseconds(200)
    /// The longest pause between attempts to connect.
    public var longestReconnectPause = Duration.seconds(10)

    /// Is told what happens to nodes and connections; called on the client's thread, so it must be quick.
    public var observe: @Sendable (ClusterEvent) -> Void = { _ in }

    /// Makes a configuration with the defaults.
    public init(contactPoints: [ContactPoint]) {
        self.contactPoints = contactPoints
    }
}

extension Duration {
    /// Whole milliseconds, at least one.
    var milliseconds: UInt64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        if overflow { return seconds < 0 ? 1 : UInt64(Int64.max) }
        return UInt64(max(1, whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).partialValue))
    }
}

extension ClusterConfiguration {
    /// What cannot work, for a person to read; nil for a sound configuration.
    var fault: String? {
        if contactPoints.isEmpty { return "a cluster needs a contact point" }
        if connectionsPerNode < 1 { return "connectionsPerNode must be at least 1" }
        if maximumRequestsUnderWay < 1 { return "maximumRequestsUnderWay must be at least 1" }
        if maximumFrameBytes < Self.smallestFrameBytes {
            return "maximumFrameBytes must be at least \(Self.smallestFrameBytes)"
        }
        return nil
    }

    /// What a node says about itself has to fit.
    private static let smallestFrameBytes = 65_536
}

/// A node to ask first; the others are learnt from it.
public struct ContactPoint: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without brackets, or a name; a name may stand for several nodes.
    public var host: String
    /// The port for clients.
    public var port: UInt16

    /// Cassandra's own choice of a port for clients.
    public static let defaultPort: UInt16 = 9042

    /// Makes a contact point.
    public init(host: String, port: UInt16 = defaultPort) {
        self.host = host
        self.port = port
    }
}

extension ContactPoint: CustomStringConvertible {
    /// As in `cassandra.example:9042` or `[::1]:9042`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// How connections are encrypted: TLS 1.2 or newer, with nodes that prove who they are.
///
/// A node's certificate must be signed by one that is trusted, and name the node: the contact point's host where the
/// node was named as one, else the node's address, among its subject's alternative names. That cannot be turned off.
public struct Encryption: Sendable, Hashable {
    /// A file of the certificates to trust, in PEM form; nil trusts those that the system trusts.
    public var certificateAuthorityFile: String?

    /// Makes a description.
    public init(certificateAuthorityFile: String? = nil) {
        self.certificateAuthorityFile = certificateAuthorityFile
    }
}
