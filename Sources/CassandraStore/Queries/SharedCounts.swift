import Synchronization

/// Shares concurrent counts of one window: one runs, and callers that come meanwhile share the next.
///
/// The running count may have missed what was acknowledged since it began, so later callers must not use it.
final class SharedCounts: Sendable {
    private typealias Waiter = CheckedContinuation<Turn, Never>

    /// How a caller gets its result.
    private enum Turn {
        /// It runs a count, also for these other callers.
        case run(others: [Waiter])
        /// Another caller has run the count.
        case result(Result<StartTotals, ClusterError>)
    }

    /// The waiters for the end of the running count, by window.
    private let waiting = Mutex<[Range<Int64>: [Waiter]]>([:])
    private let count: @Sendable (Range<Int64>) async throws(ClusterError) -> StartTotals

    init(_ count: @escaping @Sendable (Range<Int64>) async throws(ClusterError) -> StartTotals) {
        self.count = count
    }

    /// The number of waiters.
    var waitingCount: Int { waiting.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    /// Returns the starts of a window, as of a moment after the call.
    func run(_ window: Range<Int64>) async throws(ClusterError) -> StartTotals {
        let turn = await withCheckedContinuation { (waiter: Waiter) in
            let isFirst = waiting.withLock { waiting in
                if waiting[window]?.append(waiter) != nil { return false }
                waiting[window] = []
                return true
            }
            if isFirst { waiter.resume(returning: .run(others: [])) }
        }
        switch turn {
        case .result(let result): return try result.get()
        case .run(let others):
            let result = await Result { () async throws(ClusterError) in try await count(window) }
            if Task.isCancelled, let next = others.first {
                // This caller's time is over, not that of the others.
                next.resume(returning: .run(others: Array(others.dropFirst())))
                return try result.get()
            }
            handOn(window)
            for other in others { other.resume(returning: .result(result)) }
            return try result.get()
        }
    }

    /// Lets the first waiter run a count for all of them.
    private func handOn(_ window: Range<Int64>) {
        let next = waiting.withLock { waiting in
            let next = waiting[window] ?? []
            waiting[window] = next.isEmpty ? nil : []
            return next
        }
        next.first?.resume(returning: .run(others: Array(next.dropFirst())))
    }
}
