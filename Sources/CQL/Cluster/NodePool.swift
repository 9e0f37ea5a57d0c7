/// The connections to one node.
///
/// Unchecked: made and used on its loop's thread only.
final class NodePool: @unchecked Sendable {
    var node: Node
    /// Where it is reached.
    var addresses: NodeAddresses
    /// The node that told of it, for messages.
    var advertiser: Endpoint
    /// The version of the protocol to offer.
    var version: ProtocolVersion
    /// What the node knows statements as.
    var statements = KnownStatements()
    /// Whether requests are sent there at all; otherwise no connections are made.
    var isWanted: Bool
    var connections: [NodeConnection] = []
    /// When the next connection may be made.
    var nextAttempt: UInt64 = 0
    var backoff: Backoff
    /// Why the last connection ended.
    var lastError: CQLError?
    /// Whether an attempt to connect has come to an end, in whatever way.
    var wasTried = false
    /// Whether a connection was ever ready.
    var wasReached = false
    /// What was said since the node was last up, so that it is said once.
    var isFailureSaid = false
    var isDetourSaid = false
    /// Until when a node counts as possibly up while the first attempt to connect to it is still running.
    let grace: UInt64
    /// Requests that wait until the node knows a statement.
    var waiting: [KnownStatements.Key: [Int]] = [:]

    private let suspicionMilliseconds: UInt64

    /// How long a node that has just become known counts as one that may be up.
    private static let graceMilliseconds: UInt64 = 2_000

    init(
        _ node: Node,
        _ addresses: NodeAddresses,
        advertisedBy advertiser: Endpoint,
        version: ProtocolVersion,
        isWanted: Bool,
        _ configuration: ClusterConfiguration,
        now: UInt64
    ) {
        self.node = node
        self.addresses = addresses
        self.advertiser = advertiser
        self.version = version
        self.isWanted = isWanted
        grace = now + Self.graceMilliseconds
        suspicionMilliseconds = configuration.suspicionTimeout.milliseconds
        backoff = Backoff(
            shortest: configuration.reconnectPause.milliseconds,
            longest: configuration.longestReconnectPause.milliseconds
        )
    }

    var readyCount: Int { connections.reduce(0) { $0 + ($1.isReady ? 1 : 0) } }

    /// Whether the node takes requests and, as far as is known, answers them.
    var isUp: Bool {
        connections.contains { $0.isReady && $0.silence < suspicionMilliseconds }
    }

    /// Whether the node may be up: its connections say so, or the first attempt to make one is under way.
    func mayBeUp(_ now: UInt64) -> Bool { isWanted && (isUp || !wasTried && now < grace) }

    /// The connection with the fewest requests; nil where none is ready.
    var leastBusy: NodeConnection? {
        var best: NodeConnection?
        for connection in connections where connection.isReady {
            if let known = best, known.unansweredCount <= connection.unansweredCount { continue }
            best = connection
        }
        return best
    }

    func forget(_ connection: NodeConnection) {
        connections.removeAll { $0 === connection }
    }
}
