import Synchronization
import Testing

@testable import CassandraStore

@Suite struct SemaphoreTests {
    /// What the tasks of a test share.
    private final class Tally: Sendable {
        let inside = Atomic(0)
        let most = Atomic(0)
        let order = Mutex<[Int]>([])
    }

    private static let refusal = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)

    @Test func `no more have a permit than there are, and none is lost by those that fail`() async {
        let semaphore = Semaphore(permits: 3)
        let tally = Tally()
        await withTaskGroup { group in
            for number in 0..<100 {
                group.addTask {
                    try? await semaphore.withPermit { () throws(ClusterError) in
                        let now = tally.inside.add(1, ordering: .sequentiallyConsistent).newValue
                        tally.most.max(now, ordering: .sequentiallyConsistent)
                        await Task.yield()
                        tally.inside.subtract(1, ordering: .sequentiallyConsistent)
                        if number % 2 == 0 { throw SemaphoreTests.refusal }
                    }
                }
            }
        }
        #expect(tally.most.load(ordering: .sequentiallyConsistent) == 3)
        #expect(semaphore.freeCount == 3)
        #expect(semaphore.waitingCount == 0)
    }

    @Test func `those who wait get a permit in the order in which they came`() async throws {
        let semaphore = Semaphore(permits: 1)
        let tally = Tally()
        await withTaskGroup { group in
            try? await semaphore.withPermit { () throws(ClusterError) in
                for number in 0..<20 {
                    group.addTask {
                        try? await semaphore.withPermit { () throws(ClusterError) in
                            tally.order.withLock { $0.append(number) }
                        }
                    }
                    // The task has to wait before the next one comes.
                    while semaphore.waitingCount <= number { await Task.yield() }
                }
            }
        }
        let came = tally.order.withLock { $0 }
        #expect(came == Array(0..<20))
    }

    @Test func `elements are made as they are begun, and no further ones after an error`() async throws {
        let made = Atomic(0)
        let done = Atomic(0)
        let most = Atomic(0)
        let elements = (0..<500).lazy.map { number in
            made.add(1, ordering: .sequentiallyConsistent)
            return number
        }
        let sum = try await concurrently(elements, limit: 4, into: 0) {
            $0 += $1
        } _: { (number) throws(ClusterError) in
            let ahead =
                made.load(ordering: .sequentiallyConsistent) - done.load(ordering: .sequentiallyConsistent)
            most.max(ahead, ordering: .sequentiallyConsistent)
            done.add(1, ordering: .sequentiallyConsistent)
            return number
        }
        #expect(sum == 124_750)
        let ahead = most.load(ordering: .sequentiallyConsistent)
        #expect(ahead <= 4)
        made.store(0, ordering: .sequentiallyConsistent)
        let result = await Result<Int, ClusterError> { () async throws(ClusterError) in
            try await concurrently(elements, limit: 4, into: 0) {
                $0 += $1
            } _: { (number) throws(ClusterError) in
                if number == 10 { throw SemaphoreTests.refusal }
                return number
            }
        }
        #expect(result == .failure(SemaphoreTests.refusal))
        let begun = made.load(ordering: .sequentiallyConsistent)
        #expect(begun < 20)
    }
}
