import Synchronization

/// A number of permits; who finds none waits, in the order of coming.
final class Semaphore: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        var free: Int
        var waiting = WaitingLine<Waiter>()
    }

    private let state: Mutex<State>

    init(permits: Int) {
        precondition(permits > 0)
        state = Mutex(State(free: permits))
    }

    /// Runs `body` with a permit, which is given back whether it succeeds or not.
    func withPermit<Success>(
        _ body: () async throws(ClusterError) -> Success
    ) async throws(ClusterError) -> Success {
        await acquire()
        defer { release() }
        return try await body()
    }

    /// The permits that nobody has.
    var freeCount: Int { state.withLock(\.free) }
    /// How many wait.
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

    /// Hands the permit to who has waited longest.
    private func release() {
        let next: Waiter? = state.withLock { state in
            let next = state.waiting.take(atMost: 1).first
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume()
    }
}

/// A cluster on which only some requests of one kind of work run at a time; the others wait here, and not before those
/// of other work in the cluster's own queue.
struct LimitedCluster: Cluster {
    let base: any Cluster
    let permits: Semaphore

    /// See `Cluster`.
    func run(_ request: Request) async throws(ClusterError) -> Page {
        try await permits.withPermit { () throws(ClusterError) in
            // Whoever asked has an answer already.
            if Task.isCancelled { throw ClusterError(outcome: .notApplied, reason: "the query was ended") }
            return try await base.run(request)
        }
    }
}

/// Those that wait, in the order in which they came; adding and taking one costs the same however many there are.
struct WaitingLine<Waiter> {
    private var waiters: [Waiter] = []
    /// Where the first one is; those before it are gone.
    private var head = 0

    var count: Int { waiters.count - head }

    mutating func append(_ waiter: Waiter) { waiters.append(waiter) }

    /// Takes the first ones, as many as there are of so many.
    mutating func take(atMost limit: Int) -> [Waiter] {
        let count = min(limit, count)
        guard count > 0 else { return [] }
        let first = Array(waiters[head..<(head + count)])
        head += count
        // Half of the list is of those that are gone: each is moved once for each that left.
        if head * 2 > waiters.count {
            waiters.removeFirst(head)
            head = 0
        }
        return first
    }

    /// Takes the first ones for as long as they meet a condition.
    mutating func take(while isMet: (Waiter) -> Bool) -> [Waiter] {
        take(atMost: waiters[head...].prefix(while: isMet).count)
    }
}
