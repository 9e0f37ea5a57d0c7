import PlayerSessions
import Synchronization

/// How many events are under way, and whether more may come.
final class Admission: Sendable {
    private struct State {
        var events = 0
        var isClosed = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let maximumEvents: Int
    private let state = Mutex(State())

    init(maximumEvents: Int) {
        self.maximumEvents = maximumEvents
    }

    /// Takes so many events in, or says why not.
    func enter(_ events: Int) -> SessionStoreError? {
        state.withLock { state in
            if state.isClosed { return Admission.closed }
            guard state.events == 0 || state.events + events <= maximumEvents else {
                return SessionStoreError(
                    .overloaded,
                    operation: "store a batch",
                    reason: "\(state.events) events are under way"
                )
            }
            state.events += events
            return nil
        }
    }

    /// Lets so many events go.
    func leave(_ events: Int) {
        let waiters = state.withLock { state in
            state.events -= events
            guard state.events == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Takes nothing from now on.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    /// Returns when nothing is under way.
    func waitUntilEmpty() async {
        await withCheckedContinuation { waiter in
            let isEmpty = state.withLock { state in
                if state.events > 0 { state.waiters.append(waiter) }
                return state.events == 0
            }
            if isEmpty { waiter.resume() }
        }
    }

    /// Why nothing is taken, `nil` while the store is open.
    var refusal: SessionStoreError? { state.withLock { $0.isClosed ? Admission.closed : nil } }

    private static let closed = SessionStoreError(
        .closing,
        operation: "use the store",
        reason: "the store is closing"
    )
}
