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
