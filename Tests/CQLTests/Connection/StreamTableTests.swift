import Testing

@testable import CQL

@Suite struct StreamTableTests {
    @Test func `streams are used in turn, as late as can be, and never two at a time`() {
        var table = StreamTable(maximum: 2)
        let first = table.take(1, deadline: 10, .query("a"))
        #expect(first == 1)
        var used: [Int16] = []
        for id in 2..<20 as Range<RequestID> {
            let stream = table.take(id, deadline: 20, .query("b"))
            #expect(!table.hasFree)
            #expect(table.pendingCount == 2)
            used.append(stream)
            table.release(stream)
            #expect(table.entry(of: stream) == nil)
        }
        // Eight in turn, of which the first is taken all the time.
        #expect(used == [2, 3, 4, 5, 6, 7, 8, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4, 5])
        #expect(table.entry(of: first)?.id == 1)
        for stream in [0, -1, 9, .min] as [Int16] { #expect(table.entry(of: stream) == nil) }
    }

    @Test func `the highest number of streams is what the protocol has`() {
        var table = StreamTable(maximum: ConnectionSettings.requestStreamLimit)
        for id in 0..<ConnectionSettings.requestStreamLimit {
            #expect(table.hasFree)
            _ = table.take(RequestID(id), deadline: .max, .query(""))
        }
        #expect(!table.hasFree)
        #expect(table.entry(of: .max)?.id == 32_766)
    }

    @Test func `orphans keep their streams`() {
        var table = StreamTable(maximum: 2)
        let stream = table.take(1, deadline: 10, .query("a"))
        _ = table.take(2, deadline: 20, .query("b"))
        #expect(table.expire(9).isEmpty)
        #expect(table.expire(10).map(\.id) == [1])
        #expect(table.orphanCount == 1)
        #expect(table.pendingCount == 1)
        #expect(table.earliestDeadline == 20)
        #expect(!table.hasFree)
        #expect(table.expire(15).isEmpty)
        table.release(stream)
        #expect(table.orphanCount == 0)
        #expect(table.hasFree)
        #expect(table.removeAll().map(\.id) == [2])
    }
}

@Suite struct RequestQueueTests {
    private func element(_ id: RequestID, _ deadline: UInt64) -> RequestQueue.Element {
        .init(request: .prepare(Prepare(statement: "")), id: id, deadline: deadline)
    }

    @Test func `first come, first served, also when it never runs empty`() {
        var queue = RequestQueue()
        var next: RequestID = 0
        for id in 0..<1_000 as Range<RequestID> {
            queue.append(element(id, 5))
            if id % 3 != 0 {
                #expect(queue.popFirst()?.id == next)
                next += 1
            }
        }
        while let element = queue.popFirst() {
            #expect(element.id == next)
            next += 1
        }
        #expect(next == 1_000)
        #expect(queue.isEmpty)
        #expect(queue.earliestDeadline == .max)
    }

    @Test func `what is late is taken out, and the rest stays in its order`() {
        var queue = RequestQueue()
        for (id, deadline) in [(1, 30), (2, 10), (3, 20), (4, 40)] as [(RequestID, UInt64)] {
            queue.append(element(id, deadline))
        }
        #expect(queue.earliestDeadline == 10)
        #expect(queue.expire(9).isEmpty)
        #expect(queue.expire(20).map(\.id) == [2, 3])
        #expect(queue.earliestDeadline == 30)
        #expect(queue.removeAll().map(\.id) == [1, 4])
    }
}
