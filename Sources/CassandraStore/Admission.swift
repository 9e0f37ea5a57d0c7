import PlayerSessions
import Synchronization

/// Limits the number of pending events.
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

    /// Admits events; returns an error if they are refused.
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

    /// Releases admitted events.
    func leave(_ events: Int) {
        let waiters = state.withLock { state in
            state.events -= events
            guard state.events == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Refuses everything from now on.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    /// Waits until no events are pending.
    func waitUntilEmpty() async {
        await withCheckedContinuation { waiter in
            let isEmpty = state.withLock { state in
                if state.events > 0 { state.waiters.append(waiter) }
                return state.events == 0
            }
            if isEmpty { waiter.resume() }
        }
    }

    /// Why nothing is admitted; `nil` while the store is open.
    var refusal: SessionStoreError? { state.withLock { $0.isClosed ? Admission.closed : nil } }

    private static let closed = SessionStoreError(
        .closing,
        operation: "use the store",
        reason: "the store is closing"
    )
}
