import Glibc
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct WriteQueueTests {
    private let answers = Monitor<[String]>([])

    @Test func `while one group is committed the next is decided, and what it says waits for both`() throws {
        let queue = WriteQueue(maximumEvents: 1_000)
        #expect(push("a", 10, to: queue) == nil)
        #expect(try decide(queue) == 10)
        let first = try #require(queue.takeGroup())
        // The first is with the committer: what comes now is decided, but not committed.
        #expect(push("b", 10, to: queue) == nil)
        #expect(try decide(queue) == 10)
        #expect(push("c", 10, to: queue) == nil)
        #expect(try decide(queue) == 10)
        #expect(queue.takeGroup() == nil)
        #expect(answers.withLock { $0 } == [])
        commit(first, queue)
        #expect(answers.withLock { $0 } == ["a"])
        let second = try #require(queue.takeGroup())
        #expect(second.events == 20)
        commit(second, queue)
        #expect(answers.withLock { $0 } == ["a", "b", "c"])
    }

    @Test func `the committer gets no group that the writer is at`() throws {
        let queue = WriteQueue(maximumEvents: 1_000)
        _ = push("a", 1, to: queue)
        guard case .decide = queue.next() else { throw Unexpected() }
        #expect(queue.takeGroup() == nil)
        queue.finishDeciding()
        #expect(queue.takeGroup()?.events == 1)
    }

    @Test func `a rotation waits for everything that was decided, and goes before what comes later`() throws {
        let queue = WriteQueue(maximumEvents: 1_000)
        _ = push("a", 1, to: queue)
        _ = try decide(queue)
        let first = try #require(queue.takeGroup())
        _ = push("b", 1, to: queue)
        _ = try decide(queue)
        #expect(queue.requestRotation { _ in })
        _ = push("c", 1, to: queue)
        let work = Monitor<String?>(nil)
        let writer = try WorkerThread("writer") {
            let next = if case .rotate = queue.next() { "rotate" } else { "decide" }
            work.withLock(notify: true) { $0 = next }
        }
        commit(first, queue)
        #expect(work.wait(milliseconds: 50) { $0 } == nil)
        commit(try #require(queue.takeGroup()), queue)
        #expect(work.wait { $0 } == "rotate")
        writer.join()
        #expect(try decide(queue) == 1)
    }

    @Test func `what is decided and not committed counts as waiting`() throws {
        let queue = WriteQueue(maximumEvents: 20)
        _ = push("a", 10, to: queue)
        _ = try decide(queue)
        let first = try #require(queue.takeGroup())
        _ = push("b", 10, to: queue)
        _ = try decide(queue)
        #expect(push("c", 10, to: queue) == nil)
        #expect(queue.waitingEvents == 20)
        #expect(push("d", 1, to: queue)?.kind == .overloaded)
        commit(first, queue)
        _ = try #require(queue.takeGroup())
        #expect(queue.waitingEvents == 10)
        #expect(push("d", 10, to: queue) == nil)
    }

    @Test func `no group has more events than one may have`() throws {
        let queue = WriteQueue(maximumEvents: 100_000)
        _ = push("a", WriteQueue.maximumGroupEvents, to: queue)
        _ = try decide(queue)
        let first = try #require(queue.takeGroup())
        for name in ["b", "c", "d"] { _ = push(name, WriteQueue.maximumGroupEvents / 2 + 1, to: queue) }
        var sizes: [Int] = []
        var group: CommitGroup? = first
        for _ in 0..<3 {
            sizes.append(try decide(queue))
            if let group { commit(group, queue) }
            group = queue.takeGroup()
        }
        #expect(sizes == [8_193, 8_193, 8_193])
    }

    @Test func `a closed queue gives out what it has, and ends when that is committed`() throws {
        let queue = WriteQueue(maximumEvents: 1_000)
        _ = push("a", 1, to: queue)
        queue.close(SessionStoreError(.closing, operation: "", reason: ""))
        #expect(push("b", 1, to: queue)?.kind == .closing)
        #expect(try decide(queue) == 1)
        let hasEnded = Monitor(false)
        let writer = try WorkerThread("writer") {
            let work = queue.next()
            hasEnded.withLock(notify: true) { $0 = work == nil }
        }
        #expect(hasEnded.wait(milliseconds: 50) { $0 ? true : nil } == nil)
        commit(try #require(queue.takeGroup()), queue)
        #expect(hasEnded.wait { $0 ? true : nil } == true)
        writer.join()
    }

    @Test func `a writer that waited for many events is woken for one once the committer has nothing to do`()
        throws
    {
        let queue = WriteQueue(maximumEvents: 1_000)
        _ = push("a", 100, to: queue)
        _ = try decide(queue)
        let first = try #require(queue.takeGroup())
        // While those 100 are committed it waits for half as many.
        let decided = Monitor<Int?>(nil)
        let writer = try WorkerThread("writer") {
            let events = try? decide(queue)
            decided.withLock(notify: true) { $0 = events ?? 0 }
        }
        while !queue.isWriterIdle { usleep(100) }
        commit(first, queue)
        #expect(queue.takeGroup() == nil)
        _ = push("b", 1, to: queue)
        #expect(decided.wait(seconds: 10) { $0 } == 1)
        writer.join()
    }

    private struct Unexpected: Error {}

    private func push(_ name: String, _ events: Int, to queue: WriteQueue) -> SessionStoreError? {
        let batch = EventBatch((0..<events).map { start("p", "\(name)\($0)", "FI", beginning) })
        return queue.push(
            WriteQueue.Request(batch: PackedBatch(batch, seed: 1)) { [answers] _ in
                answers.withLock { $0.append(name) }
            }
        )
    }

    /// Takes what the writer would; returns how many events it was given.
    private func decide(_ queue: WriteQueue) throws -> Int {
        guard case .decide(let requests, _) = queue.next() else { throw Unexpected() }
        queue.finishDeciding()
        return requests.reduce(0) { $0 + $1.batch.count }
    }

    private func commit(_ group: CommitGroup, _ queue: WriteQueue) {
        for request in group.removeAll() { request.completion(.success(())) }
        queue.giveBack(group)
    }
}
