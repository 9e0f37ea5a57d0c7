/// A name and a password.
public struct Credentials: Sendable, Hashable {
    /// The name.
    public var user: String
    /// The password.
    public var password: String

    /// Creates credentials.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

extension Credentials: CustomStringConvertible {
    /// The name alone, so that no password gets into a log.
    public var description: String { user }
}

/// How a connection is made, and its limits.
struct ConnectionSettings: Sendable {
    /// The node's name in errors.
    var node: String?
    /// The version to offer; if it is refused, see `CQLError.olderVersion`.
    var version = ProtocolVersion.v5
    /// The compression to use if the server supports it.
    var compression: FrameCompression?
    var credentials: Credentials?
    /// The events to subscribe to, normally on one connection of the cluster.
    var events: [EventKind] = []

    /// The most requests pending at a time, those included that were given up but not answered.
    ///
    /// At most `requestStreamLimit`. A node executes some hundred requests at a time; further ones wait there.
    var maximumStreams = 2_048
    /// The most requests waiting for a stream or for the connection to be ready.
    var maximumQueued = 2_048
    /// The most unanswered given-up requests; beyond that the connection is closed.
    ///
    /// A node that has forgotten that many is ill, and its streams are lost.
    var maximumOrphans = 256
    /// The bytes that may wait for the transport before further requests wait, too.
    var maximumOutputBytes = 16 << 20
    /// The longest body of a message, in bytes, in both directions; the server's own limit
    /// (`native_transport_max_frame_size` and its successors) is 256 MiB at most.
    var maximumFrameBytes = ConnectionSettings.protocolFrameBytes

    /// The time limit from opening the transport until ready.
    var handshakeMilliseconds: UInt64 = 10_000
    /// The time without input after which a keepalive is sent.
    var idleMilliseconds: UInt64 = 30_000
    /// The time limit for answering a keepalive.
    var keepAliveMilliseconds: UInt64 = 10_000

    /// The longest body that the protocol's specification allows, in bytes.
    static let protocolFrameBytes = 256 << 20
    /// The protocol's 32,768 streams without the first, which the connection keeps for itself.
    static let requestStreamLimit = 32_767
}

/// What a connection has agreed with its node.
struct NegotiatedConnection: Sendable, Hashable {
    var version: ProtocolVersion
    var compression: FrameCompression?
    /// The class that authenticated the client; nil if the node did not require it.
    var authenticator: String?
}

extension CQLError {
    /// The version to offer on a new connection, if the node refused the one offered.
    var olderVersion: ProtocolVersion? {
        guard case .versionRefused(let offered, _) = cause else { return nil }
        return UInt8(exactly: offered).flatMap(ProtocolVersion.init(rawValue:))?.older
    }
}
