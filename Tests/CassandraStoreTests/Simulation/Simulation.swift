import Fuzzing

/// A world of its own: simulated time, one thread, and one source of randomness.
///
/// The store's asynchronous code runs in it as it is. Its tasks prefer this executor, so each of their steps comes here
/// as a job; jobs run one after the other, and when there are none, time jumps to the next event. So a seed gives the
/// same run again.
///
/// `@unchecked Sendable`: everything, the jobs included, happens on the thread that calls `run`.
final class Simulation: TaskExecutor, @unchecked Sendable {
    private struct Event {
        var time: Int64
        var number: Int
        var action: () -> Void

        func isBefore(_ other: Event) -> Bool {
            time == other.time ? number < other.number : time < other.time
        }
    }

    /// Nanoseconds since the world began.
    private(set) var now: Int64 = 0
    /// All that is left to chance.
    var random: SeededRandom
    private var jobs: [UnownedJob] = []
    private var events: [Event] = []
    private var count = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job))
    }

    /// Begins a task of the world.
    func spawn(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: self) { await body() }
    }

    /// Does something so many nanoseconds from now; things of the same time are done in the order in which they were
    /// asked for.
    func after(_ delay: Int64, _ action: @escaping () -> Void) {
        count += 1
        let event = Event(time: now + max(0, delay), number: count, action: action)
        // A heap: the earliest event first, children of place n at 2n + 1 and 2n + 2.
        events.append(event)
        var place = events.count - 1
        while place > 0, events[place].isBefore(events[(place - 1) / 2]) {
            events.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Returns so many nanoseconds later.
    func sleep(_ delay: Int64) async {
        await withCheckedContinuation { continuation in
            after(delay) { continuation.resume() }
        }
    }

    /// Goes on until `isDone`, or until nothing is left to happen; says whether it was done.
    func run(until isDone: () -> Bool) -> Bool {
        while true {
            var next = 0
            while next < jobs.count {
                unsafe jobs[next].runSynchronously(on: asUnownedTaskExecutor())
                next += 1
            }
            jobs.removeAll(keepingCapacity: true)
            if isDone() { return true }
            guard let event = takeEvent() else { return false }
            now = event.time
            event.action()
        }
    }

    private func takeEvent() -> Event? {
        guard let first = events.first, let last = events.popLast() else { return nil }
        if events.isEmpty { return first }
        events[0] = last
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < events.count else { return first }
            if child + 1 < events.count, events[child + 1].isBefore(events[child]) { child += 1 }
            guard events[child].isBefore(events[place]) else { return first }
            events.swapAt(place, child)
            place = child
        }
    }
}
