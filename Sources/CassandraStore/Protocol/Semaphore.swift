import Synchronization

/// A number of permits; who finds none waits, in the order of coming.
final class Semaphore: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        var free: Int
        /// Those that wait, from `head` on.
        var waiting: [Waiter] = []
        var head = 0
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
    var waitingCount: Int { state.withLock { $0.waiting.count - $0.head } }

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
            guard state.head < state.waiting.count else {
                state.free += 1
                return nil
            }
            defer {
                state.head += 1
                // Half of the list is of those that are gone: each is moved once for each that left.
                if state.head * 2 > state.waiting.count {
                    state.waiting.removeFirst(state.head)
                    state.head = 0
                }
            }
            return state.waiting[state.head]
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
        try await permits.withPermit { () throws(ClusterError) in try await base.run(request) }
    }
}
