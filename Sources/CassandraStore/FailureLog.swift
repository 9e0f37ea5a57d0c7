import Logging
import Synchronization

/// Tells the log of requests that a moment may mend, at most one line a second, however many there are.
///
/// Callers are told to come again and not why, so the reason is here or nowhere. What fails for good is a line of its
/// own, by whoever answers the caller.
final class FailureLog: Sendable {
    private struct State {
        var lastLine: Int64?
        /// Failures since then.
        var count = 0
    }

    private let logger: Logger
    private let elapsed: @Sendable () -> Int64
    private let state = Mutex(State())

    /// The least time between two lines, in ns.
    static let interval: Int64 = 1_000_000_000

    /// `elapsed` is the machine's time in ns.
    init(_ logger: Logger, elapsed: @escaping @Sendable () -> Int64) {
        self.logger = logger
        self.elapsed = elapsed
    }

    /// Takes note of a failure.
    func note(_ error: ClusterError, _ operation: String) {
        guard error.isTransient else { return }
        let now = elapsed()
        let count: Int? = state.withLock { state in
            state.count += 1
            if let last = state.lastLine, now - last < FailureLog.interval { return nil }
            defer { state = State(lastLine: now) }
            return state.count
        }
        guard let count else { return }
        logger.log(
            .warning,
            "the cluster did not do what it was asked",
            ["operation": operation, "reason": error.reason, "failures": count]
        )
    }
}
