/// The connections to one node.
///
/// Unchecked: made and used on its loop's thread only.
final class NodePool: @unchecked Sendable {
    var node: Node
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
    /// Requests that wait until the node knows a statement, by the statement's id.
    var waiting: [[UInt8]: [Int]] = [:]

    private let suspicionMilliseconds: UInt64

    init(_ node: Node, isWanted: Bool, _ configuration: ClusterConfiguration) {
        self.node = node
        self.isWanted = isWanted
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
