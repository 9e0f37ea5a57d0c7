import Synchronization

/// Lets so many requests through at a time; the others wait in the order in which they came.
///
/// Beyond some hundred requests a node only piles them up, and a client refuses what its connections have no room for.
/// What waits here is bounded by what the store admits.
final class RequestGate: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        var free: Int
        /// Those that wait, from `head` on.
        var waiting: [Waiter] = []
        var head = 0
    }

    private let state: Mutex<State>

    init(width: Int) {
        state = Mutex(State(free: width))
    }

    /// Returns when there is room; `leave` gives it back.
    func enter() async {
        if tryEnter() { return }
        await withCheckedContinuation { (waiter: Waiter) in
            let hasRoom = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(waiter)
                return false
            }
            if hasRoom { waiter.resume() }
        }
    }

    /// Gives room back: to the one that has waited longest.
    func leave() {
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

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waiting.count - $0.head } }

    private func tryEnter() -> Bool {
        state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }
}
