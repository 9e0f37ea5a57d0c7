import Testing

@testable import FairSharing

struct FairQueueTests {
    @Test func `clients take turns, and each client's elements keep their order`() {
        var queue = FairQueue<Character, String>(runningOfClient: 2)
        for name in ["a1", "a2", "a3", "b1", "c1", "b2"] { queue.add(name, of: name.first ?? "?") }
        #expect("abcd".map { queue.count(of: $0) } == [3, 2, 1, 0])
        var order: [String] = []
        while let (client, name) = queue.take() {
            order.append(name)
            queue.ended(client)
        }
        #expect(order == ["a1", "b1", "c1", "a2", "b2", "a3"])
        #expect(queue.count == 0)
    }

    @Test func `a client of whom as many run as may is skipped until one has ended`() throws {
        var queue = FairQueue<Character, Int>(runningOfClient: 1)
        for number in 1...3 { queue.add(number, of: "a") }
        #expect(queue.take()?.1 == 1)
        #expect(queue.take() == nil)
        queue.add(4, of: "b")
        let next = try #require(queue.take() as (Character, Int)?)
        #expect(next == ("b", 4))
        queue.ended("a")
        #expect(queue.take()?.1 == 2)
        #expect(queue.count == 1)
    }
}
