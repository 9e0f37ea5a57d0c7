import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct WriteQueueTests {
    private let answers = Monitor<[String]>([])

    @Test func `while one group is committed the next is decided, and what it says waits for both`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        #expect(push("a", 10, to: queue) == nil)
        #expect(try decide(queue) == 10)
        let first = try #require(nextGroup(from: queue))
        // The first is with the committer: what comes now is decided, but not committed.
        #expect(push("b", 10, to: queue) == nil)
        #expect(try decideBeside(queue) == 10)
        #expect(push("c", 10, to: queue) == nil)
        #expect(try decideBeside(queue) == 10)
        #expect(nextGroup(from: queue) == nil)
        #expect(answers.withLock { $0 } == [])
        commit(first, queue)
        #expect(answers.withLock { $0 } == ["a"])
        let second = try #require(nextGroup(from: queue))
        #expect(second.events == 20)
        commit(second, queue)
        #expect(answers.withLock { $0 } == ["a", "b", "c"])
    }

    @Test func `the committer gets no group that the writer is at`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        _ = push("a", 1, to: queue)
        _ = try decide(queue)
        let first = try #require(nextGroup(from: queue))
        _ = push("b", 2, to: queue)
        guard case .decide = queue.nextForWriter() else { throw Unexpected() }
        commit(first, queue)
        #expect(nextGroup(from: queue) == nil)
        queue.finishDeciding()
        #expect(nextGroup(from: queue)?.events == 2)
    }

    @Test func `a rotation waits for everything that was decided, and goes before what comes later`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        _ = push("a", 1, to: queue)
        _ = try decide(queue)
        let first = try #require(nextGroup(from: queue))
        _ = push("b", 1, to: queue)
        _ = try decideBeside(queue)
        #expect(queue.requestRotation { _ in })
        _ = push("c", 1, to: queue)
        let (writer, work) = try writerThread(queue)
        commit(first, queue)
        #expect(work.wait(milliseconds: 50) { $0 } == nil)
        commit(try #require(nextGroup(from: queue)), queue)
        #expect(work.wait { $0 } == "rotate")
        writer.join()
        // Nothing is decided while the memtable is closed.
        #expect(nextGroup(from: queue) == nil)
        queue.finishDeciding()
        #expect(try decide(queue) == 1)
    }

    @Test func `a full memtable is closed before anything else is decided, by the writer`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        _ = push("a", 1, to: queue)
        guard case .decide = queue.nextForCommitter() else { throw Unexpected() }
        queue.finishDeciding(isFull: true)
        _ = push("b", 1, to: queue)
        let (writer, work) = try writerThread(queue)
        #expect(work.wait(milliseconds: 50) { $0 } == nil)
        commit(try #require(nextGroup(from: queue)), queue)
        #expect(work.wait { $0 } == "rotate")
        writer.join()
        #expect(nextGroup(from: queue) == nil)
        queue.finishDeciding()
        #expect(queue.waitForWork(milliseconds: 10_000))
        guard case .decide(let requests, _) = queue.nextForCommitter() else { throw Unexpected() }
        #expect(requests.count == 1)
    }

    @Test func `a committer with nothing to do decides what comes itself`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        guard case .nothing = queue.nextForCommitter() else { throw Unexpected() }
        #expect(!queue.waitForWork(milliseconds: 1))
        _ = push("a", 1, to: queue)
        #expect(queue.waitForWork(milliseconds: 10_000))
        guard case .decide(let first, _) = queue.nextForCommitter() else { throw Unexpected() }
        #expect(first.count == 1)
        _ = push("b", 1, to: queue)
        queue.finishDeciding()
        // What came meanwhile goes with the next group, unless it is more.
        let group = try #require(nextGroup(from: queue))
        #expect(group.events == 1)
        commit(group, queue)
        guard case .decide(let second, _) = queue.nextForCommitter() else { throw Unexpected() }
        #expect(second.count == 1)
        _ = push("c", 2, to: queue)
        queue.finishDeciding()
        guard case .decide(let third, _) = queue.nextForCommitter() else { throw Unexpected() }
        #expect(third.count == 1)
    }

    @Test func `what is decided and not committed counts as waiting`() throws {
        let queue = WriteQueue(maximumEvents: 20, gatherNanoseconds: 0)
        _ = push("a", 10, to: queue)
        _ = try decide(queue)
        let first = try #require(nextGroup(from: queue))
        _ = push("b", 10, to: queue)
        _ = try decideBeside(queue)
        #expect(push("c", 10, to: queue) == nil)
        #expect(queue.waitingEvents == 20)
        #expect(push("d", 1, to: queue)?.kind == .overloaded)
        commit(first, queue)
        #expect(try decide(queue) == 10)
        #expect(queue.waitingEvents == 20)
        _ = try #require(nextGroup(from: queue))
        #expect(queue.waitingEvents == 0)
        #expect(push("d", 10, to: queue) == nil)
    }

    @Test func `no group has more events than one may have`() throws {
        let queue = WriteQueue(maximumEvents: 100_000, gatherNanoseconds: 0)
        _ = push("a", WriteQueue.maximumGroupEvents, to: queue)
        _ = try decide(queue)
        let first = try #require(nextGroup(from: queue))
        for name in ["b", "c", "d"] { _ = push(name, WriteQueue.maximumGroupEvents / 2 + 1, to: queue) }
        var sizes: [Int] = []
        var group: CommitGroup? = first
        for _ in 0..<3 {
            sizes.append(try decideBeside(queue))
            if let group { commit(group, queue) }
            group = nextGroup(from: queue)
        }
        #expect(sizes == [8_193, 8_193, 8_193])
    }

    @Test func `a closed queue gives out what it has, and ends when that is committed`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        _ = push("a", 1, to: queue)
        queue.close(SessionStoreError(.closing, operation: "", reason: ""))
        #expect(push("b", 1, to: queue)?.kind == .closing)
        #expect(try decide(queue) == 1)
        let hasEnded = Monitor(false)
        let writer = try WorkerThread("writer") {
            let work = queue.nextForWriter()
            hasEnded.withLock(notify: true) { $0 = work == nil }
        }
        #expect(hasEnded.wait(milliseconds: 50) { $0 ? true : nil } == nil)
        commit(try #require(nextGroup(from: queue)), queue)
        #expect(hasEnded.wait { $0 ? true : nil } == true)
        writer.join()
    }

    @Test func `while a group is committed the writer is woken for half as many events, and not for fewer`()
        throws
    {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        _ = push("a", 100, to: queue)
        _ = try decide(queue)
        let first = try #require(nextGroup(from: queue))
        let decided = Monitor<Int?>(nil)
        let writer = try WorkerThread("writer") {
            let events = try? decideBeside(queue)
            decided.withLock(notify: true) { $0 = events ?? 0 }
        }
        _ = push("b", 49, to: queue)
        #expect(decided.wait(milliseconds: 50) { $0 } == nil)
        _ = push("c", 1, to: queue)
        #expect(decided.wait(seconds: 10) { $0 } == 50)
        writer.join()
        commit(first, queue)
    }

    @Test func `a small group waits until those who sent lately have sent again`() throws {
        let queue = try queue(afterAnswering: 3, gatherNanoseconds: Self.long)
        guard case .gather = queue.nextForCommitter() else { throw Unexpected() }
        _ = push("a", 1, to: queue)
        _ = push("b", 1, to: queue)
        #expect(!queue.waitForWork(milliseconds: 50))
        guard case .gather(let rest) = queue.nextForCommitter() else { throw Unexpected() }
        #expect(rest > 0 && rest < Self.long)
        _ = push("c", 1, to: queue)
        #expect(queue.waitForWork(milliseconds: 10_000))
        #expect(decidedByCommitter(queue) == 3)
    }

    @Test func `who waits while others are answered is expected with them`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: Self.long)
        _ = push("a", 1, to: queue)
        _ = try decide(queue)
        let first = try #require(nextGroup(from: queue))
        _ = push("b", 1, to: queue)
        commit(first, queue)
        // The one that was answered may come again at once.
        guard case .gather = queue.nextForCommitter() else { throw Unexpected() }
        _ = push("c", 1, to: queue)
        #expect(decidedByCommitter(queue) == 2)
    }

    @Test func `all that was gathered goes into one group, however much of it the writer had decided`() throws
    {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: Self.long)
        for name in ["a", "b", "c"] { _ = push(name, 1, to: queue) }
        _ = try decide(queue)
        let first = try #require(nextGroup(from: queue))
        for name in ["d", "e", "f", "g"] { _ = push(name, 1, to: queue) }
        #expect(try decideBeside(queue) == 4)
        commit(first, queue)
        guard case .gather = queue.nextForCommitter() else { throw Unexpected() }
        for name in ["h", "i", "j"] { _ = push(name, 1, to: queue) }
        #expect(queue.waitForWork(milliseconds: 10_000))
        #expect(try decide(queue) == 3)
        // What comes after that belongs to the next one.
        _ = push("k", 1, to: queue)
        #expect(nextGroup(from: queue)?.events == 7)
    }

    @Test func `what came while the committer decided is the writer's once that commits`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: 0)
        let decided = Monitor<Int?>(nil)
        let writer = try WorkerThread("writer") {
            let events = try? decideBeside(queue)
            decided.withLock(notify: true) { $0 = events ?? 0 }
        }
        _ = push("a", 20, to: queue)
        guard case .decide = queue.nextForCommitter() else { throw Unexpected() }
        _ = push("b", 15, to: queue)
        queue.finishDeciding()
        // While nothing is committed the writer has nothing to do.
        #expect(decided.wait(milliseconds: 50) { $0 } == nil)
        _ = try #require(nextGroup(from: queue))
        #expect(decided.wait(seconds: 10) { $0 } == 15)
        writer.join()
    }

    @Test func `nobody waits for those who do not come for longer than the time of a group`() throws {
        let queue = try queue(afterAnswering: 3, gatherNanoseconds: 20_000_000)
        _ = push("a", 1, to: queue)
        while case .gather(let rest) = queue.nextForCommitter() {
            #expect(rest <= 20_000_000)
            #expect(!queue.waitForWork(nanoseconds: rest))
            guard queue.waitingEvents == 1 else { break }
        }
        queue.finishDeciding()
        commit(try #require(nextGroup(from: queue)), queue)
        // Who did not come is not expected again: the next one goes at once.
        _ = push("b", 1, to: queue)
        #expect(decidedByCommitter(queue) == 1)
    }

    @Test func `when nobody came in the time of a group, the first who does wakes the committer`() throws {
        let queue = try queue(afterAnswering: 3, gatherNanoseconds: 1_000_000)
        while case .gather(let rest) = queue.nextForCommitter() {
            #expect(!queue.waitForWork(nanoseconds: rest))
        }
        _ = push("a", 1, to: queue)
        #expect(queue.waitForWork(milliseconds: 10_000))
        #expect(decidedByCommitter(queue) == 1)
    }

    @Test func `a client that sends one request after the other never waits for others`() throws {
        let queue = WriteQueue(maximumEvents: 1_000, gatherNanoseconds: Self.long)
        for number in 0..<3 {
            _ = push("request\(number)", 1, to: queue)
            #expect(decidedByCommitter(queue) == 1)
            queue.finishDeciding()
            commit(try #require(nextGroup(from: queue)), queue)
        }
        #expect(answers.withLock { $0 }.count == 3)
    }

    @Test func `a group that is large enough waits for nobody`() throws {
        let many = try queue(afterAnswering: 2 * WriteQueue.worthwhileRequests, gatherNanoseconds: Self.long)
        guard case .gather = many.nextForCommitter() else { throw Unexpected() }
        for number in 0..<WriteQueue.worthwhileRequests { _ = push("next\(number)", 1, to: many) }
        #expect(many.waitForWork(milliseconds: 10_000))
        #expect(decidedByCommitter(many) == WriteQueue.worthwhileRequests)
        let large = try queue(afterAnswering: 2, gatherNanoseconds: Self.long)
        guard case .gather = large.nextForCommitter() else { throw Unexpected() }
        _ = push("large", WriteQueue.maximumGroupEvents, to: large)
        #expect(large.waitForWork(milliseconds: 10_000))
        #expect(decidedByCommitter(large) == 1)
    }

    /// Longer than any test.
    private static let long = 3_600_000_000_000

    private struct Unexpected: Error {}

    private func push(_ name: String, _ events: Int, to queue: WriteQueue) -> SessionStoreError? {
        let batch = EventBatch((0..<events).map { start("p", "\(name)\($0)", "FI", beginning) })
        return queue.push(
            WriteQueue.Request(batch: PackedBatch(batch, seed: 1)) { [answers] _ in
                answers.withLock { $0.append(name) }
            }
        )
    }

    /// Takes what the committer would; returns how many events it was given.
    private func decide(_ queue: WriteQueue) throws -> Int {
        guard case .decide(let requests, _) = queue.nextForCommitter() else { throw Unexpected() }
        queue.finishDeciding()
        return requests.reduce(0) { $0 + $1.batch.count }
    }

    /// The same as the writer, which decides while a group is committed.
    private func decideBeside(_ queue: WriteQueue) throws -> Int {
        guard case .decide(let requests, _) = queue.nextForWriter() else { throw Unexpected() }
        queue.finishDeciding()
        return requests.reduce(0) { $0 + $1.batch.count }
    }

    /// The group that the committer is to commit, if there is one.
    private func nextGroup(from queue: WriteQueue) -> CommitGroup? {
        if case .commit(let group) = queue.nextForCommitter() { group } else { nil }
    }

    private func commit(_ group: CommitGroup, _ queue: WriteQueue) {
        let requests = group.removeAll()
        for request in requests { request.completion(.success(())) }
        queue.giveBack(group, answered: requests.count)
    }

    /// A writer that waits for one thing to do, and then says what it is.
    private func writerThread(_ queue: WriteQueue) throws -> (WorkerThread, Monitor<String?>) {
        let work = Monitor<String?>(nil)
        let writer = try WorkerThread("writer") {
            let next = if case .rotate = queue.nextForWriter() { "rotate" } else { "decide" }
            work.withLock(notify: true) { $0 = next }
        }
        return (writer, work)
    }

    /// A queue whose committer has just answered so many requests, and looked for more.
    private func queue(afterAnswering count: Int, gatherNanoseconds: Int) throws -> WriteQueue {
        let queue = WriteQueue(maximumEvents: 100_000, gatherNanoseconds: gatherNanoseconds)
        for number in 0..<count { _ = push("first\(number)", 1, to: queue) }
        guard case .decide = queue.nextForCommitter() else { throw Unexpected() }
        queue.finishDeciding()
        commit(try #require(nextGroup(from: queue)), queue)
        return queue
    }

    /// How many requests the committer is to decide; `nil` if it is to do something else.
    private func decidedByCommitter(_ queue: WriteQueue) -> Int? {
        if case .decide(let requests, _) = queue.nextForCommitter() { requests.count } else { nil }
    }
}
