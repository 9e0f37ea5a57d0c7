import PlayerSessions

/// A few threads for queries, which may wait for the disk.
final class ReaderPool: Sendable {
    private struct State {
        var tasks: [@Sendable () -> Void] = []
        var isClosed = false
    }

    /// So many queries may wait.
    private static let maximumWaiting = 4_096

    private let monitor = Monitor(State())
    private let threads: [WorkerThread]

    /// Starts the threads.
    init(threads count: Int) {
        threads = (0..<count).map { [monitor] number in
            WorkerThread("reader-\(number)") {
                while let task = ReaderPool.next(monitor) { task() }
            }
        }
    }

    private static func next(_ monitor: Monitor<State>) -> (@Sendable () -> Void)? {
        monitor.wait { (state: inout State) -> (@Sendable () -> Void)?? in
            if !state.tasks.isEmpty { return .some(state.tasks.removeFirst()) }
            return state.isClosed ? .some(nil) : nil
        }
    }

    /// Runs a query on one of the threads.
    func run<Answer: Sendable>(
        _ query: @escaping @Sendable () -> Result<Answer, SessionStoreError>
    ) async throws(SessionStoreError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            let refusal: SessionStoreError? = monitor.withLock(notify: true) { state in
                if state.isClosed {
                    return SessionStoreError(.closing, operation: "query", reason: "the store is closing")
                }
                guard state.tasks.count < ReaderPool.maximumWaiting else {
                    return SessionStoreError(
                        .overloaded,
                        operation: "query",
                        reason: "\(state.tasks.count) queries are waiting"
                    )
                }
                state.tasks.append { continuation.resume(returning: query()) }
                return nil
            }
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }

    /// Finishes what waits, then ends the threads.
    func close() {
        monitor.withLock(notify: true) { $0.isClosed = true }
        for thread in threads { thread.join() }
    }
}
