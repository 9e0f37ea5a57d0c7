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
                    gate.leave()
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
                    gate.leave()
                }
                // The task has to wait before the next one comes.
                while gate.waitingCount <= number { await Task.yield() }
            }
            gate.leave()
        }
        let came = tally.order.withLock { $0 }
        #expect(came == Array(0..<20))
    }
}
