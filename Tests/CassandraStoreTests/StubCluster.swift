import Logging
import PlayerSessions
import Synchronization

@testable import CassandraStore

/// A cluster that does what a test says, until it is closed.
final class StubCluster: Cluster {
    typealias Body = @Sendable (Request) async throws(ClusterError) -> Page

    private struct State {
        var body: Body
        var requests: [Request] = []
        var isClosed = false
        var hanging: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ body: @escaping Body) {
        state = Mutex(State(body: body))
    }

    /// From now on it does this.
    func behave(_ body: @escaping Body) { state.withLock { $0.body = body } }

    /// From now on it answers nothing; what waits for an answer fails when it is closed.
    func hang() {
        behave { [self] _ throws(ClusterError) in
            await withCheckedContinuation { continuation in
                let isClosed = state.withLock { state in
                    if !state.isClosed { state.hanging.append(continuation) }
                    return state.isClosed
                }
                if isClosed { continuation.resume() }
            }
            throw StubCluster.closed
        }
    }

    func run(_ request: Request) async throws(ClusterError) -> Page {
        let body = state.withLock { state in
            state.requests.append(request)
            return state.body
        }
        return try await body(request)
    }

    func close() async {
        let hanging = state.withLock { state in
            state.isClosed = true
            defer { state.hanging = [] }
            return state.hanging
        }
        for continuation in hanging { continuation.resume() }
    }

    /// How many requests came, of those that the condition holds of.
    func count(where condition: (Request) -> Bool = { _ in true }) -> Int {
        state.withLock(\.requests).count(where: condition)
    }

    private static let closed = ClusterError(outcome: .unknown, reason: "closed", isTransient: false)
}

/// Time that passes only where a test says so.
final class ManualTime: Sendable {
    private let now = Atomic<Int64>(0)

    var elapsed: @Sendable () -> Int64 { { self.now.load(ordering: .sequentiallyConsistent) } }

    func pass(_ nanoseconds: Int64) { now.add(nanoseconds, ordering: .sequentiallyConsistent) }
}

/// The lines of a logger, each as its message and values.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger {
        Logger { [self] level, message, values in
            let text = "\(level) \(message)" + values.map { " \($0)=\($1)" }.joined()
            lines.withLock { $0.append(text) }
        }
    }

    var all: [String] { lines.withLock { $0 } }
}
