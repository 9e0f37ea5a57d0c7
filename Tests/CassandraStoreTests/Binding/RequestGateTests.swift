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

    @Test func `no more are inside than there is room for, and all get in`() async {
        let gate = RequestGate(width: 3)
        let tally = Tally()
        await withTaskGroup { group in
            for _ in 0..<500 {
                group.addTask {
                    await gate.enter()
                    let now = tally.inside.add(1, ordering: .sequentiallyConsistent).newValue
                    tally.most.max(now, ordering: .sequentiallyConsistent)
                    await Task.yield()
                    tally.inside.subtract(1, ordering: .sequentiallyConsistent)
                    gate.leave(.unknown)
                    tally.done.add(1, ordering: .sequentiallyConsistent)
                }
            }
        }
        #expect(tally.done.load(ordering: .sequentiallyConsistent) == 500)
        #expect(tally.most.load(ordering: .sequentiallyConsistent) <= 3)
    }

    @Test func `those who wait get in in the order in which they came`() async throws {
        let gate = RequestGate(width: 1)
        let tally = Tally()
        await gate.enter()
        await withTaskGroup { group in
            for number in 0..<20 {
                group.addTask {
                    await gate.enter()
                    tally.order.withLock { $0.append(number) }
                    gate.leave(.unknown)
                }
                // The task has to wait before the next one comes.
                while gate.waitingCount <= number { await Task.yield() }
            }
            gate.leave(.unknown)
        }
        let came = tally.order.withLock { $0 }
        #expect(came == Array(0..<20))
    }

    /// Keeps the gate full for so many rounds of answers, all of this pace.
    private func run(_ gate: RequestGate, _ pace: RequestGate.Pace, rounds: Int) async {
        var inside = 0
        func fill() async {
            while inside < gate.width {
                await gate.enter()
                inside += 1
            }
        }
        await fill()
        for _ in 0..<rounds {
            for _ in 0..<inside {
                gate.leave(pace)
                inside -= 1
                await fill()
            }
        }
        for _ in 0..<inside { gate.leave(.unknown) }
    }

    @Test func `the width doubles with every round until the cluster is late, then rises by one`() async {
        let gate = RequestGate(width: 100)
        await run(gate, .inTime, rounds: 1)
        #expect(gate.width == 200)
        await run(gate, .inTime, rounds: 5)
        #expect(gate.width == RequestGate.maximumWidth)
        let other = RequestGate(width: 100)
        await run(other, .late, rounds: 1)
        #expect(other.width == 50)
        await run(other, .inTime, rounds: 1)
        #expect(other.width == 51)
    }

    @Test func `a round of late answers halves the width once, and never below the least`() async {
        let gate = RequestGate(width: 1_000)
        await run(gate, .late, rounds: 1)
        #expect(gate.width == 500)
        await run(gate, .late, rounds: 20)
        #expect(gate.width == RequestGate.minimumWidth)
    }

    @Test func `a width that nobody uses does not rise`() async {
        let gate = RequestGate(width: 10)
        for _ in 0..<1_000 {
            await gate.enter()
            gate.leave(.inTime)
        }
        #expect(gate.width == 10)
    }
}
