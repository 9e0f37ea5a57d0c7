/// A name and a password.
public struct Credentials: Sendable, Hashable {
    /// The name.
    public var user: String
    /// The password.
    public var password: String

    /// Makes credentials.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

extension Credentials: CustomStringConvertible {
    /// The name alone: a password has no place in a log.
    public var description: String { user }
}

/// How a connection is made and what it may hold.
struct ConnectionSettings: Sendable {
    /// What errors call the node.
    var node: String?
    /// The version to offer; see `CQLError.olderVersion` for what to do when it is refused.
    var version = ProtocolVersion.v5
    /// What to compress with, where the server can.
    var compression: FrameCompression?
    var credentials: Credentials?
    /// The events to ask for; as a rule on one connection of the cluster.
    var events: [EventKind] = []

    /// How many requests may be under way at a time, those that were given up and not answered included.
    ///
    /// Up to `requestStreamLimit`. A node executes some hundred requests at a time; what is beyond waits there.
    var maximumStreams = 2_048
    /// How many requests may wait for a stream, or for the connection to be ready.
    var maximumQueued = 2_048
    /// How many given-up requests may be unanswered before the connection is closed.
    ///
    /// A node that has forgotten that many is ill, and its streams are lost.
    var maximumOrphans = 256
    /// How many bytes may wait for the transport before further requests wait, too.
    var maximumOutputBytes = 16 << 20
    /// How long a message's body may be, either way; the server's own limit (`native_transport_max_frame_size` and
    /// its successors) is 256 MiB at most.
    var maximumFrameBytes = ConnectionSettings.protocolFrameBytes

    /// From the open transport until the connection is ready.
    var handshakeMilliseconds: UInt64 = 10_000
    /// How long nothing may come before the node is asked for a sign of life.
    var idleMilliseconds: UInt64 = 30_000
    /// How long the sign of life may take.
    var keepAliveMilliseconds: UInt64 = 10_000

    /// The longest body that the protocol's specification allows.
    static let protocolFrameBytes = 256 << 20
    /// The protocol has 32,768 streams; the connection keeps the first for itself.
    static let requestStreamLimit = 32_767
}

/// What a connection has agreed on with its node.
struct NegotiatedConnection: Sendable, Hashable {
    var version: ProtocolVersion
    var compression: FrameCompression?
    /// The class that judged our credentials; nil where the node did not ask.
    var authenticator: String?
}

extension CQLError {
    /// The version to offer on a new connection, where the node refused the one that was offered.
    var olderVersion: ProtocolVersion? {
        guard case .versionRefused(let offered, _) = cause else { return nil }
        return UInt8(exactly: offered).flatMap(ProtocolVersion.init(rawValue:))?.older
    }
}
