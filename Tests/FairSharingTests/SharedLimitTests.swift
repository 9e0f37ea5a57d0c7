import Synchronization
import Testing

@testable import FairSharing

struct SharedLimitTests {
    @Test func `a client takes no more than its share, and all together no more than there is`() throws {
        let limit = SharedLimit<String>(10, ofClient: 6)
        #expect(try limit.take(6, for: "a") == 6)
        #expect(throws: SharedLimit<String>.Refusal.client) { try limit.take(for: "a") }
        #expect(throws: SharedLimit<String>.Refusal.total) { try limit.take(5, for: "b") }
        #expect(try limit.take(4, for: "b") == 10)
        limit.give(2, of: "a")
        #expect(limit.total == 8)
        #expect(throws: SharedLimit<String>.Refusal.total) { try limit.take(3, for: "a") }
        #expect(try limit.take(2, for: "a") == 10)
        limit.give(6, of: "a")
        limit.give(4, of: "b")
        #expect(limit.total == 0)
        // What was given back leaves nothing behind that would count again.
        #expect(try limit.take(6, for: "a") == 6)
    }

    @Test func `a refusal takes nothing`() throws {
        let limit = SharedLimit<Int>(10, ofClient: 5)
        for _ in 0..<3 { #expect(throws: SharedLimit<Int>.Refusal.client) { try limit.take(6, for: 1) } }
        #expect(limit.total == 0)
        #expect(try limit.take(5, for: 1) == 5)
    }

    /// What the threads of a test hold, counted apart from the limit.
    private final class Held: Sendable {
        private let counts = Mutex((now: 0, most: 0))

        var most: Int { counts.withLock { $0.most } }

        func add(_ amount: Int) {
            counts.withLock { counts in
                counts.now += amount
                counts.most = max(counts.most, counts.now)
            }
        }
    }

    @Test func `threads that take and give at a time stay within the bounds`() async {
        let limit = SharedLimit<Int>(30, ofClient: 20)
        let held = Held()
        await withTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    for round in 0..<2_000 {
                        let amount = 1 + (round + number) % 9
                        guard (try? limit.take(amount, for: number % 2)) != nil else { continue }
                        held.add(amount)
                        held.add(-amount)
                        limit.give(amount, of: number % 2)
                    }
                }
            }
        }
        #expect(limit.total == 0)
        #expect((1...30).contains(held.most))
    }
}
