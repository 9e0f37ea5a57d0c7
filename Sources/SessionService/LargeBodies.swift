import Glibc
import Synchronization

/// Decodes the bodies that would hold a loop up, a few at a time and in the order in which they came.
///
/// It runs in tasks, not on threads of its own, and on no more than half of the processors, so that loops and queries
/// keep the others.
final class LargeBodies: Sendable {
    typealias Job = @Sendable (BatchReader) -> Void

    private struct State {
        var waiting: [Job] = []
        /// How many of `waiting` were taken.
        var taken = 0
        var running = 0
    }

    /// The most bodies that wait; each belongs to a connection, which has one request under way.
    static let maximumWaiting = 1_024

    private let limits: ServiceLimits
    private let maximumRunning: Int
    private let state = Mutex(State())

    init(_ limits: ServiceLimits, maximumRunning: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2)) {
        self.limits = limits
        self.maximumRunning = maximumRunning
    }

    /// Runs a job later; returns false if too many wait.
    func run(_ job: @escaping Job) -> Bool {
        let begins: Bool? = state.withLock { state in
            guard state.waiting.count - state.taken < LargeBodies.maximumWaiting else { return nil }
            state.waiting.append(job)
            guard state.running < maximumRunning else { return false }
            state.running += 1
            return true
        }
        guard let begins else { return false }
        if begins { Task(priority: .utility) { await work() } }
        return true
    }

    /// Runs jobs until none waits; the reader's memory goes with the last one.
    private func work() async {
        let reader = BatchReader(limits)
        while let job = next() {
            job(reader)
            await Task.yield()
        }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard state.taken < state.waiting.count else {
                state.waiting.removeAll()
                state.taken = 0
                state.running -= 1
                return nil
            }
            let job = state.waiting[state.taken]
            state.waiting[state.taken] = { _ in }
            state.taken += 1
            if state.taken == LargeBodies.maximumWaiting {
                state.waiting.removeFirst(state.taken)
                state.taken = 0
            }
            return job
        }
    }
}
