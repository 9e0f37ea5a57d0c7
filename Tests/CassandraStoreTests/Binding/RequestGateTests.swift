import Synchronization
import Testing

@testable import CassandraStore

@Suite struct RequestGateTests {
    /// What the tasks of a test share.
    private final class Tally: Sendable {
        let inside = Atomic(0)
        let most = Atomic(0)
        let done = Atomic(0)
        let order = Mutex<[Int]>([])
    }

    private func makeGate(width: Int, _ time: ManualTime = ManualTime()) -> RequestGate {
        RequestGate(width: width, elapsed: time.elapsed)
    }

    @Test func `no more are inside than there is room for, and all get in`() async throws {
        let gate = makeGate(width: 3)
        let tally = Tally()
        try await withThrowingTaskGroup { group in
            for _ in 0..<500 {
                group.addTask {
                    try await gate.enter()
                    let now = tally.inside.add(1, ordering: .sequentiallyConsistent).newValue
                    tally.most.max(now, ordering: .sequentiallyConsistent)
                    await Task.yield()
                    tally.inside.subtract(1, ordering: .sequentiallyConsistent)
                    gate.leave(.unknown)
                    tally.done.add(1, ordering: .sequentiallyConsistent)
                }
            }
            try await group.waitForAll()
        }
        #expect(tally.done.load(ordering: .sequentiallyConsistent) == 500)
        #expect(tally.most.load(ordering: .sequentiallyConsistent) <= 3)
    }

    @Test func `those who wait get in in the order in which they came`() async throws {
        let gate = makeGate(width: 1)
        let tally = Tally()
        try await gate.enter()
        try await withThrowingTaskGroup { group in
            for number in 0..<20 {
                group.addTask {
                    try await gate.enter()
                    tally.order.withLock { $0.append(number) }
                    gate.leave(.unknown)
                }
                // The task has to wait before the next one comes.
                while gate.waitingCount <= number { await Task.yield() }
            }
            gate.leave(.unknown)
            try await group.waitForAll()
        }
        let came = tally.order.withLock { $0 }
        #expect(came == Array(0..<20))
    }

    /// Keeps the gate full for so many rounds of answers, all of this pace.
    private func run(_ gate: RequestGate, _ pace: RequestGate.Pace, rounds: Int) async throws {
        var inside = 0
        func fill() async throws {
            while inside < gate.width {
                try await gate.enter()
                inside += 1
            }
        }
        try await fill()
        for _ in 0..<rounds {
            for _ in 0..<inside {
                gate.leave(pace)
                inside -= 1
                try await fill()
            }
        }
        for _ in 0..<inside { gate.leave(.unknown) }
    }

    @Test func `the width doubles with every round until the cluster is late, then rises by one`()
        async throws
    {
        let gate = makeGate(width: 100)
        try await run(gate, .inTime, rounds: 1)
        #expect(gate.width == 200)
        try await run(gate, .inTime, rounds: 5)
        #expect(gate.width == RequestGate.maximumWidth)
        let other = makeGate(width: 100)
        try await run(other, .late, rounds: 1)
        #expect(other.width == 50)
        try await run(other, .inTime, rounds: 1)
        #expect(other.width == 51)
    }

    @Test func `a round of late answers halves the width once, and never below the least`() async throws {
        let gate = makeGate(width: 1_000)
        try await run(gate, .late, rounds: 1)
        #expect(gate.width == 500)
        try await run(gate, .late, rounds: 20)
        #expect(gate.width == RequestGate.minimumWidth)
    }

    @Test func `a width that nobody uses does not rise`() async throws {
        let gate = makeGate(width: 10)
        for _ in 0..<1_000 {
            try await gate.enter()
            gate.leave(.inTime)
        }
        #expect(gate.width == 10)
    }

    /// What came of those that entered, in the order in which they came, once all have left again.
    private func enter(
        _ gate: RequestGate,
        _ number: Int,
        each: @escaping @Sendable (Int) -> Void = { _ in },
        then: @escaping @Sendable () -> Void
    ) async -> [Result<Void, ClusterError>] {
        await withTaskGroup(of: (Int, Result<Void, ClusterError>).self) { group in
            for index in 0..<number {
                group.addTask {
                    let result = await Result { () async throws(ClusterError) in try await gate.enter() }
                    if (try? result.get()) != nil { gate.leave(.unknown) }
                    return (index, result)
                }
                while gate.waitingCount <= index { await Task.yield() }
                each(index)
            }
            then()
            var results = [Result<Void, ClusterError>?](repeating: nil, count: number)
            for await (index, result) in group { results[index] = result }
            return results.compactMap(\.self)
        }
    }

    @Test(.endsSomeTime)
    func `who has waited for too long is turned away, and who has not gets in`() async throws {
        let time = ManualTime()
        let gate = makeGate(width: 1, time)
        try await gate.enter()
        let results = await enter(gate, 6) { index in
            if index == 2 { time.pass(1_000_000_000) }
        } then: {
            time.pass(RequestGate.patience - 1_000_000_000)
            gate.leave(.unknown)
        }
        let admitted = results.map { (try? $0.get()) != nil }
        #expect(admitted == [false, false, false, true, true, true])
        guard case .failure(let error) = results[0] else { return }
        #expect(error.outcome == .notApplied)
        #expect(error.isTransient)
        #expect(error.reason.contains("the cluster is too slow"))
        // Nobody has been forgotten inside.
        try await gate.enter()
    }

    @Test(.endsSomeTime)
    func `who comes finds those that have waited for too long, where nobody leaves`() async throws {
        let time = ManualTime()
        let gate = makeGate(width: 1, time)
        try await gate.enter()
        let results = await enter(gate, 3) { _ in
        } then: {
            time.pass(RequestGate.patience)
            Task { try await gate.enter() }
        }
        #expect(results.allSatisfy { (try? $0.get()) == nil })
        gate.leave(.unknown)
    }
}
