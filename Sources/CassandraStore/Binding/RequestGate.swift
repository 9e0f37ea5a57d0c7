import Synchronization

/// Lets requests through, as many at a time as the cluster keeps up with; the others wait in the order in which they came.
///
/// Many at a time let nodes sync their commit logs for many writes at once. Too many only wait there, until they are given
/// up, and what is given up is work in vain: a busy cluster would do nothing else. So the width rises while answers come
/// in time and halves when they do not, as TCP's congestion window does.
///
/// What waits here is bounded by what the store admits, and by time: who has waited for `patience` is turned away. That is
/// seen when another comes or leaves. Those inside leave within the time that the client gives a request, so nobody waits
/// for longer than both together, and the gate needs no clock that wakes it.
final class RequestGate: Sendable {
    fileprivate struct Waiter {
        var continuation: CheckedContinuation<Bool, Never>
        /// When it is turned away, in ns of elapsed time.
        var deadline: Int64
    }

    fileprivate struct State {
        var width: Int
        var inside = 0
        /// Whether the width still doubles with every round of answers: until the cluster is late for the first time.
        var isStarting = true
        /// Answers since the width last rose, or fell.
        var answers = 0
        /// Answers to come that say nothing about the present width, because they were asked for at a larger one.
        var stale = 0
        var waiting = WaitingLine<Waiter>()
    }

    private let state: Mutex<State>
    /// The machine's time in ns.
    let elapsed: @Sendable () -> Int64

    /// The width at the beginning: some hundred requests keep one node busy.
    static let firstWidth = 256
    /// The least width, at which a cluster that takes a second for each answer still does some work.
    static let minimumWidth = 16
    /// The most: what one connection has room for.
    static let maximumWidth = 2_048

    /// For how long there may be no room, in ns: about as long as a request may take.
    static let patience: Int64 = 5_000_000_000

    /// `elapsed` is the machine's time in ns.
    init(width: Int = firstWidth, elapsed: @escaping @Sendable () -> Int64) {
        state = Mutex(State(width: width))
        self.elapsed = elapsed
    }

    /// Returns when there is room; `leave` gives it back.
    ///
    /// - Throws: An error that says that the cluster is too slow, where there is no room for long.
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

    /// Gives room back, to those that have waited longest but not too long, and learns from how the request went.
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

    /// It may not wait again: that would only make all others wait for longer.
    private static let tooSlow = ClusterError(
        outcome: .notApplied,
        reason: "the cluster is too slow: the request was not sent within \(patience / 1_000_000_000) s",
        mayRepeat: false
    )

    /// How an answer came.
    enum Pace {
        /// Soon enough that there may be more at a time.
        case inTime
        /// So late, or not at all, that there must be fewer.
        case late
        /// In a time that says nothing of how busy the cluster is.
        case unknown
    }

    /// How many requests may be under way at present.
    var width: Int { state.withLock(\.width) }
    /// How many wait.
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
            // A width that is not used says nothing of a larger one.
            guard inside >= width, width < RequestGate.maximumWidth else { return }
            answers += 1
            guard isStarting || answers >= width else { return }
            answers = 0
            width += 1
        }
    }

    /// Those for whom there is room now.
    fileprivate mutating func admit() -> [RequestGate.Waiter] {
        let next = waiting.take(atMost: width - inside)
        inside += next.count
        return next
    }

    /// Those that have waited for too long: the first ones, since all have the same patience.
    fileprivate mutating func takeOverdue(_ now: Int64) -> [RequestGate.Waiter] {
        waiting.take { $0.deadline <= now }
    }
}
