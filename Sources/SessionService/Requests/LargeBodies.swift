import FairSharing
import Glibc
import PlayerSessions
import Synchronization

/// Decodes bodies that would hold up a loop, with a concurrency limit and fair scheduling of clients.
///
/// Each client's bodies are decoded in order of arrival. The work runs in tasks, not on threads of its own, and on at
/// most half of the processors, so that loops and queries have the others.
final class LargeBodies: Sendable {
    typealias Job = @Sendable (BatchReader) -> Void
    typealias Refusal = SharedLimit<QueryClient>.Refusal

    private struct State {
        var waiting: FairQueue<QueryClient, Job>
        var running = 0
    }

    /// The most waiting bodies; each belongs to a connection, which has one pending request.
    static let maximumWaiting = 1_024
    /// The most waiting bodies of one client, which leaves room for others.
    static let maximumWaitingOfClient = 512

    private let limits: ServiceLimits
    private let maximumRunning: Int
    private let state: Mutex<State>

    init(_ limits: ServiceLimits, maximumRunning: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2)) {
        self.limits = limits
        self.maximumRunning = maximumRunning
        state = Mutex(State(waiting: FairQueue(runningOfClient: max(1, maximumRunning - 1))))
    }

    /// Queues a client's job, or returns why too many wait.
    func run(for client: QueryClient, _ job: @escaping Job) -> Refusal? {
        let (refusal, begins) = state.withLock { state -> (Refusal?, Bool) in
            guard state.waiting.count < LargeBodies.maximumWaiting else { return (.total, false) }
            guard state.waiting.count(of: client) < LargeBodies.maximumWaitingOfClient else {
                return (.client, false)
            }
            state.waiting.add(job, of: client)
            guard state.running < maximumRunning else { return (nil, false) }
            state.running += 1
            return (nil, true)
        }
        if begins { Task(priority: .utility) { await work() } }
        return refusal
    }

    /// Runs jobs until none can run; the reader's memory is freed after the last one.
    private func work() async {
        let reader = BatchReader(limits)
        var former: QueryClient?
        while let (client, job) = next(after: former) {
            job(reader)
            former = client
            await Task.yield()
        }
    }

    /// Returns the next job; if there is none, counts the task as ended.
    private func next(after former: QueryClient?) -> (QueryClient, Job)? {
        state.withLock { state in
            if let former { state.waiting.ended(former) }
            let next = state.waiting.take()
            if next == nil { state.running -= 1 }
            return next
        }
    }
}
