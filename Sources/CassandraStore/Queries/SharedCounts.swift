import Synchronization

/// Counts of one window that are asked for at the same time: one runs, and whoever asks meanwhile waits for the next, which
/// answers all of them.
///
/// The one that runs may have passed over what was acknowledged since, so it answers nobody who came later.
final class SharedCounts: Sendable {
    private typealias Waiter = CheckedContinuation<Turn, Never>

    /// What becomes of one who asks.
    private enum Turn {
        /// It runs a count, for these others, too.
        case run(others: [Waiter])
        /// Another has run one for it.
        case result(Result<StartTotals, ClusterError>)
    }

    /// Who waits for the end of the count that runs, by window.
    private let waiting = Mutex<[Range<Int64>: [Waiter]]>([:])
    private let count: @Sendable (Range<Int64>) async throws(ClusterError) -> StartTotals

    init(_ count: @escaping @Sendable (Range<Int64>) async throws(ClusterError) -> StartTotals) {
        self.count = count
    }

    /// How many wait for a count to end.
    var waitingCount: Int { waiting.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    /// The starts of a window, as of a moment after this was asked.
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
                // Its own time is over, not that of the others.
                next.resume(returning: .run(others: Array(others.dropFirst())))
                return try result.get()
            }
            handOn(window)
            for other in others { other.resume(returning: .result(result)) }
            return try result.get()
        }
    }

    /// Lets the first of those who came meanwhile run a count for all of them.
    private func handOn(_ window: Range<Int64>) {
        let next = waiting.withLock { waiting in
            let next = waiting[window] ?? []
            waiting[window] = next.isEmpty ? nil : []
            return next
        }
        next.first?.resume(returning: .run(others: Array(next.dropFirst())))
    }
}
