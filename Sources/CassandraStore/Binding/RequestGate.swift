import Synchronization

/// Limits concurrent requests to what the cluster keeps up with; the others wait in order of arrival.
///
/// Concurrent requests let nodes sync their commit logs for many writes at once. Too many only queue there until they
/// time out, and work on a request that timed out is wasted: a busy cluster would do nothing else. So the width rises
/// while responses come in time and halves when they do not, like TCP's congestion window.
///
/// Waiters are bounded by what the store admits, and by time: one that has waited for `patience` is turned away. This
/// is checked when another request enters or leaves. Those inside leave within the client's timeout, so no waiter waits
/// longer than both together, and the gate needs no timer.
final class RequestGate: Sendable {
    fileprivate struct Waiter {
        var continuation: CheckedContinuation<Bool, Never>
        /// When it is turned away, in ns of elapsed time.
        var deadline: Int64
    }

    fileprivate struct State {
        var width: Int
        var inside = 0
        /// Whether the width still doubles with every round of responses: until the cluster is first late.
        var isStarting = true
        /// In-time responses since the width last rose or fell.
        var answers = 0
        /// Pending responses that do not count, because their requests were sent at a larger width.
        var stale = 0
        var waiting = WaiterQueue<Waiter>()
    }

    private let state: Mutex<State>
    /// The machine's time in ns.
    let elapsed: @Sendable () -> Int64

    /// The initial width: some hundred requests keep one node busy.
    static let firstWidth = 256
    /// The least width, at which a cluster that takes a second for each response still does some work.
    static let minimumWidth = 16
    /// The largest width: as much as one connection can carry.
    static let maximumWidth = 2_048

    /// The time after which a waiter is turned away, in ns: about as long as a request may take.
    static let patience: Int64 = 5_000_000_000

    /// Creates a gate; `elapsed` is the machine's time in ns.
    init(width: Int = firstWidth, elapsed: @escaping @Sendable () -> Int64) {
        state = Mutex(State(width: width))
        self.elapsed = elapsed
    }

    /// Waits until a request is admitted; `leave` must follow.
    ///
    /// - Throws: An error that says that the cluster is too slow, if it is not admitted within `patience`.
    func enter() async throws(ClusterError) {
        if tryEnter() { return }
        let isAdmitted = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let now = elapsed()
            let (hasRoom, overdue) = state.withLock { state in
                let overdue = state.takeOverdue(now)
                if state.inside < state.width {
                    state.inside += 1
                    return (true, overdue)
                }
                state.waiting.append(Waiter(continuation: continuation, deadline: now + RequestGate.patience))
                return (false, overdue)
            }
            if hasRoom { continuation.resume(returning: true) }
            for waiter in overdue { waiter.continuation.resume(returning: false) }
        }
        if !isAdmitted { throw RequestGate.tooSlow }
    }

    /// Ends an admitted request: adapts the width to how it went, and admits the next waiters that are not overdue.
    func leave(_ pace: Pace) {
        let now = elapsed()
        let (overdue, next) = state.withLock { state in
            state.learn(pace)
            state.inside -= 1
            return (state.takeOverdue(now), state.admit())
        }
        for waiter in overdue { waiter.continuation.resume(returning: false) }
        for waiter in next { waiter.continuation.resume(returning: true) }
    }

    /// Must not be retried: waiting again would only delay all others.
    private static let tooSlow = ClusterError(
        outcome: .notApplied,
        reason: "the cluster is too slow: the request was not sent within \(patience / 1_000_000_000) s",
        mayRepeat: false
    )

    /// What a response's timing says about the load.
    enum Pace {
        /// In time: the width may rise.
        case inTime
        /// Late or missing: the width must fall.
        case late
        /// The time says nothing about the load.
        case unknown
    }

    /// The number of requests that may be inside at present.
    var width: Int { state.withLock(\.width) }
    /// The number of waiters.
    var waitingCount: Int { state.withLock(\.waiting.count) }

    private func tryEnter() -> Bool {
        state.withLock { state in
            guard state.inside < state.width else { return false }
            state.inside += 1
            return true
        }
    }
}

extension RequestGate.State {
    fileprivate mutating func learn(_ pace: RequestGate.Pace) {
        if stale > 0 {
            stale -= 1
            return
        }
        switch pace {
        case .unknown: break
        case .late:
            isStarting = false
            answers = 0
            stale = inside - 1
            width = max(RequestGate.minimumWidth, width / 2)
        case .inTime:
            // A width that is not used up says nothing about a larger one.
            guard inside >= width, width < RequestGate.maximumWidth else { return }
            answers += 1
            guard isStarting || answers >= width else { return }
            answers = 0
            width += 1
        }
    }

    /// Admits and returns waiters, up to the width.
    fileprivate mutating func admit() -> [RequestGate.Waiter] {
        let next = waiting.take(atMost: width - inside)
        inside += next.count
        return next
    }

    /// Removes and returns overdue waiters: the first ones, because all have the same patience.
    fileprivate mutating func takeOverdue(_ now: Int64) -> [RequestGate.Waiter] {
        waiting.take { $0.deadline <= now }
    }
}
