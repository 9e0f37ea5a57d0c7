/// The connections to one node.
///
/// `@unchecked Sendable`: created and used on its loop's thread only.
final class NodePool: @unchecked Sendable {
    var node: Node
    var addresses: NodeAddresses
    /// The node that advertised this one, for messages.
    var advertiser: Endpoint
    /// The protocol version to offer.
    var version: ProtocolVersion
    var statements = KnownStatements()
    /// Whether the node is used at all; otherwise no connections are made.
    var isWanted: Bool
    var connections: [NodeConnection] = []
    /// When the next connection may be made.
    var nextAttempt: UInt64 = 0
    var backoff: Backoff
    /// Why the last connection ended.
    var lastError: CQLError?
    /// Whether an attempt to connect has ended, successfully or not.
    var wasTried = false
    /// Whether a connection was ever ready.
    var wasReached = false
    /// What was reported: a failure once until the node is up again, a detour once.
    var isFailureSaid = false
    var isDetourSaid = false
    /// The time until which a node counts as possibly up during the first attempt to connect.
    let grace: UInt64
    /// Slots of requests that wait for a statement to be prepared.
    var waiting: [KnownStatements.Key: [Int]] = [:]

    private let suspicionMilliseconds: UInt64

    /// How long a new node counts as possibly up.
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

    /// Whether the node accepts requests and, as far as is known, answers them.
    var isUp: Bool {
        connections.contains { $0.isReady && $0.silence < suspicionMilliseconds }
    }

    /// Returns whether the node may be up: it is, or the first attempt to connect is in progress.
    func mayBeUp(_ now: UInt64) -> Bool { isWanted && (isUp || !wasTried && now < grace) }

    /// The ready connection with the fewest requests; nil if none is ready.
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
