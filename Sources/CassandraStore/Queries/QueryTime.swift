import Synchronization

/// How long a query may take: callers get a response or an error by then, whatever the cluster does.
struct QueryTime: Sendable {
    /// In ns.
    var limit = QueryTime.limit
    let surroundings: Surroundings

    /// The limit that the contract states, in ns: 30 seconds.
    static let limit: Int64 = 30_000_000_000

    /// Runs a query; if the time runs out, throws, cancels the query's task and drops its result.
    func run<Success: Sendable>(
        _ body: @escaping @Sendable () async throws(ClusterError) -> Success
    ) async throws(ClusterError) -> Success {
        let result: Result<Success, ClusterError> = await withCheckedContinuation { continuation in
            let waiter = Once(continuation)
            let query = Task {
                waiter.resume(await Result { () async throws(ClusterError) in try await body() })
            }
            let timer = Task {
                await surroundings.sleep(limit)
                if Task.isCancelled { return }
                waiter.resume(.failure(isOver))
                query.cancel()
            }
            waiter.whenDone { timer.cancel() }
        }
        return try result.get()
    }

    private var isOver: ClusterError {
        ClusterError(
            outcome: .notApplied,
            reason: "the cluster has not answered all of a query within \(limit / 1_000_000_000) s"
        )
    }

    /// Resumes a continuation on the first call, and ignores later ones.
    private final class Once<Success: Sendable>: Sendable {
        private struct State {
            var continuation: CheckedContinuation<Result<Success, ClusterError>, Never>?
            var whenDone: (@Sendable () -> Void)?
        }

        private let state: Mutex<State>

        init(_ continuation: CheckedContinuation<Result<Success, ClusterError>, Never>) {
            state = Mutex(State(continuation: continuation))
        }

        func resume(_ result: Result<Success, ClusterError>) {
            let (continuation, body) = state.withLock { state in
                defer { state.continuation = nil }
                return (state.continuation, state.whenDone)
            }
            continuation?.resume(returning: result)
            if continuation != nil { body?() }
        }

        func whenDone(_ body: @escaping @Sendable () -> Void) {
            let isDone = state.withLock { state in
                state.whenDone = body
                return state.continuation == nil
            }
            if isDone { body() }
        }
    }
}
