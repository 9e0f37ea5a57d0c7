import Synchronization

/// A number of permits, with waiters served in order of arrival.
final class Semaphore: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        var free: Int
        var waiting = WaiterQueue<Waiter>()
    }

    private let state: Mutex<State>

    init(permits: Int) {
        precondition(permits > 0)
        state = Mutex(State(free: permits))
    }

    /// Runs `body` with a permit, and returns the permit whether it succeeds or not.
    func withPermit<Success>(
        _ body: () async throws(ClusterError) -> Success
    ) async throws(ClusterError) -> Success {
        await acquire()
        defer { release() }
        return try await body()
    }

    var freeCount: Int { state.withLock(\.free) }
    var waitingCount: Int { state.withLock(\.waiting.count) }

    private func acquire() async {
        await withCheckedContinuation { (waiter: Waiter) in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(waiter)
                return false
            }
            if isFree { waiter.resume() }
        }
    }

    /// Hands the permit to the oldest waiter.
    private func release() {
        let next: Waiter? = state.withLock { state in
            let next = state.waiting.take(atMost: 1).first
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume()
    }
}

/// A cluster that limits how many requests of one kind of work run concurrently.
///
/// The others wait here, rather than in the cluster's own queue ahead of other work.
struct LimitedCluster: Cluster {
    let base: any Cluster
    let permits: Semaphore

    /// See `Cluster`.
    func run(_ request: Request) async throws(ClusterError) -> Page {
        try await permits.withPermit { () throws(ClusterError) in
            // The caller already has its response.
            if Task.isCancelled { throw ClusterError(outcome: .notApplied, reason: "the query was ended") }
            return try await base.run(request)
        }
    }
}

/// A queue of waiters, oldest first; adding and taking one costs the same for any length.
struct WaiterQueue<Waiter> {
    private var waiters: [Waiter] = []
    /// The index of the oldest waiter; those before it are gone.
    private var head = 0

    var count: Int { waiters.count - head }

    mutating func append(_ waiter: Waiter) { waiters.append(waiter) }

    /// Removes and returns up to `limit` waiters, oldest first.
    mutating func take(atMost limit: Int) -> [Waiter] {
        let count = min(limit, count)
        guard count > 0 else { return [] }
        let first = Array(waiters[head..<(head + count)])
        head += count
        // More than half of the array is gone: at most one waiter is moved for each that left.
        if head * 2 > waiters.count {
            waiters.removeFirst(head)
            head = 0
        }
        return first
    }

    /// Removes and returns the oldest waiters, up to the first that does not meet the condition.
    mutating func take(while isMet: (Waiter) -> Bool) -> [Waiter] {
        take(atMost: waiters[head...].prefix(while: isMet).count)
    }
}
