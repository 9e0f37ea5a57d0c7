/// How a client reaches a cluster, and its limits.
public struct ClusterConfiguration: Sendable {
    /// The nodes to ask first; at least one.
    public var contactPoints: [ContactPoint]
    /// The name and password for `PasswordAuthenticator`; nil if nodes do not require them.
    public var credentials: Credentials?
    /// How connections are encrypted; nil if they are not.
    public var encryption: Encryption?
    /// The data centre whose nodes coordinate; nil for that of the first contact point that answers.
    public var localDataCenter: String?
    /// Whether nodes of other data centres coordinate if no local one can, except at local consistency levels.
    public var usesRemoteDataCenters = false
    /// The compression of frames; nil for none, which costs less on a near network.
    public var compression: FrameCompression?

    /// The number of connections to each node.
    ///
    /// One takes 2,048 requests at a time, more than a node executes.
    public var connectionsPerNode = 1
    /// The concurrency limit of all nodes together: further requests fail at once as overloaded.
    public var maximumPendingRequests = 8_192
    /// The longest message from a node, in bytes; a longer one ends its connection.
    public var maximumFrameBytes = 64 << 20

    /// The time limit of a request, retries included, unless its options set another.
    public var requestTimeout = Duration.seconds(10)
    /// The time limit of one node's response to a request that can be repeated elsewhere.
    ///
    /// Longer than a coordinator waits for its replicas (usually 2 s for writes), because its own error says more.
    public var attemptTimeout = Duration.seconds(3)
    /// The time limit for connecting, and again until ready for requests.
    public var connectTimeout = Duration.seconds(5)
    /// How long to keep trying to connect to the cluster if the reason may pass, such as nodes that are still starting;
    /// zero gives up once every contact point has failed.
    public var startPatience = Duration.zero
    /// How long a node may send nothing while it owes responses before other nodes are preferred.
    public var suspicionTimeout = Duration.seconds(1)
    /// How long a connection may be idle before a keepalive is sent, and how long that may remain unanswered.
    public var idleTimeout = Duration.seconds(15)
    /// How often topology and schema are read again if no node reports a change.
    public var refreshInterval = Duration.seconds(300)
    /// How long reported changes are gathered before topology and schema are read again.
    public var refreshDelay = Duration.milliseconds(500)
    /// The pause before a lost connection is made again; it doubles after each failure.
    public var reconnectPause = Duration.milliseconds(200)
    /// The longest pause between attempts to connect.
    public var longestReconnectPause = Duration.seconds(10)

    /// Receives the events of nodes and connections; called on the client's thread, so it must be quick.
    public var observe: @Sendable (ClusterEvent) -> Void = { _ in }

    /// Creates a configuration with the defaults.
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
    /// Why the configuration cannot work, as text for people; nil if it can.
    var fault: String? {
        if contactPoints.isEmpty { return "a cluster needs a contact point" }
        if connectionsPerNode < 1 { return "connectionsPerNode must be at least 1" }
        if maximumPendingRequests < 1 { return "maximumPendingRequests must be at least 1" }
        if maximumFrameBytes < Self.smallestFrameBytes {
            return "maximumFrameBytes must be at least \(Self.smallestFrameBytes)"
        }
        return nil
    }

    /// The smallest limit, with room for what a node says about itself.
    private static let smallestFrameBytes = 65_536
}

/// A node to ask first, from which the others are discovered.
public struct ContactPoint: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without brackets, or a name, which may resolve to several nodes.
    public var host: String
    /// The port for clients.
    public var port: UInt16

    /// Cassandra's default port for clients.
    public static let defaultPort: UInt16 = 9042

    /// Creates a contact point.
    public init(host: String, port: UInt16 = defaultPort) {
        self.host = host
        self.port = port
    }
}

extension ContactPoint: CustomStringConvertible {
    /// The text, such as `cassandra.example:9042` or `[::1]:9042`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// How connections are encrypted: TLS 1.2 or newer, with verified nodes.
///
/// A node's certificate must be signed by a trusted one and name the node among its subject's alternative names: by the
/// contact point's host if the node was reached through one, else by its address. Verification cannot be turned off.
public struct Encryption: Sendable, Hashable {
    /// A PEM file of the certificates to trust; nil trusts the system's.
    public var certificateAuthorityFile: String?

    /// Creates a description.
    public init(certificateAuthorityFile: String? = nil) {
        self.certificateAuthorityFile = certificateAuthorityFile
    }
}
