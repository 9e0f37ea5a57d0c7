import Foundation
import Glibc
import Logging
import Metrics
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct LifecycleTests {
    /// How often each of many completions was called, and with what.
    private final class Answers: Sendable {
        private let answers: Monitor<[Int: [SessionStoreError.Kind?]]> = Monitor([:])

        func append(_ number: Int, to store: RocksDBStore, _ events: Int = 1) {
            let batch = EventBatch((0..<events).map { start("p\($0)", "s\(number)", "FI", beginning) })
            store.append(batch) { [answers] result in
                let kind: SessionStoreError.Kind? =
                    if case .failure(let error) = result { error.kind } else { nil }
                answers.withLock { $0[number, default: []].append(kind) }
            }
        }

        var all: [Int: [SessionStoreError.Kind?]] { answers.withLock { $0 } }
    }

    @Test func `closing amid appends answers each exactly once, and what was acknowledged is there`()
        async throws
    {
        let harness = RocksDBHarness(hotSessions: 200)
        var acknowledged = 0
        for round in 0..<4 {
            let store = try harness.openStore()
            let answers = Answers()
            let first = round * 100_000
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<3 {
                    group.addTask {
                        for number in 0..<400 {
                            answers.append(first + task * 10_000 + number, to: store)
                            if number % 20 == 0 { await Task.yield() }
                        }
                    }
                }
                group.addTask {
                    usleep(UInt32(3_000 * round))
                    await store.close()
                }
                group.addTask { await store.close() }
            }
            let all = answers.all
            #expect(all.count == 1_200)
            #expect(all.values.allSatisfy { $0.count == 1 && ($0[0] == nil || $0[0] == .closing) })
            let again = try harness.openStore()
            // What was stored is what was acknowledged: nothing is refused once it was taken.
            acknowledged += all.values.count { $0[0] == nil }
            #expect(try await again.sessionStarts(in: always).values.reduce(0, +) == acknowledged)
            await again.close()
            await #expect(throws: SessionStoreError.self) { try await again.sessionStarts(in: always) }
        }
    }

    @Test func `queries amid closing are answered or refused, and the directory is free afterwards`()
        async throws
    {
        let harness = RocksDBHarness(hotSessions: 200)
        for _ in 0..<10 {
            let store = try harness.openStore()
            try await store.append(EventBatch([start("p", "s", "FI", beginning)]))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while let found = try? await store.sessionStarts(in: always) {
                            #expect(found == counts(["FI": 1]))
                        }
                    }
                }
                group.addTask { await store.close() }
            }
        }
    }

    @Test func `closing holds the directory until whoever still reads has ended`() async throws {
        let harness = RocksDBHarness(hotSessions: 200)
        let store = try harness.openStore()
        let isReading = Monitor(false)
        let mayEnd = Monitor(false)
        async let reader: Void? = onThread {
            try store.inspect { _ in
                isReading.withLock { $0 = true }
                _ = mayEnd.wait { $0 ? true : nil }
            }
        }
        while !isReading.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
        let isClosed = Monitor(false)
        async let closing: Void = {
            await store.close()
            isClosed.withLock { $0 = true }
        }()
        // All but the reader ends in far less.
        for _ in 0..<50 {
            try await Task.sleep(for: .milliseconds(10))
            #expect(throws: SessionStoreError.self) { try StoreFiles(path: harness.directory.path) }
        }
        #expect(!isClosed.withLock { $0 })
        mayEnd.withLock(notify: true) { $0 = true }
        await closing
        _ = try await reader
        try await harness.openStore().close()
    }

    @Test func `threads that nobody waits for leave nothing behind`() throws {
        // A stack is 8 MiB of address space with a page before it that may not be touched.
        func stacks() throws -> Int {
            // Foundation reads a file that claims to have no bytes in part only, unless it is told to read on.
            let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
            let maps = try file.readToEnd().map { String(decoding: $0, as: UTF8.self) } ?? ""
            return maps.split(separator: "\n").count { $0.contains("---p") }
        }
        let before = try stacks()
        #expect(before > 0)
        let ended = Monitor(0)
        for _ in 0..<1_000 { _ = try WorkerThread("test") { ended.withLock(notify: true) { $0 += 1 } } }
        ended.wait { $0 == 1_000 ? () : nil }
        var looks = 0
        while try stacks() > before + 500, looks < 20 {
            looks += 1
            sleep(1)
        }
        #expect(try stacks() <= before + 500)
    }

    @Test func `a batch is acknowledged when the journal has it, and not before`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        let journal = harness.directory.path + "/journal"
        for number in 1...5 {
            let groups: Int? = await withCheckedContinuation { continuation in
                store.append(EventBatch([start("p", "s\(number)", "FI", beginning)])) { _ in
                    let contents = try? JournalContents(directory: journal, committed: 0)
                    continuation.resume(returning: contents?.groups.count)
                }
            }
            #expect(groups == number)
        }
        await store.close()
    }

    @Test func `a queue tells the first failure from those that follow, and hands out what it took`() {
        let queue = WriteQueue(maximumEvents: 10)
        let batch = PackedBatch(EventBatch([start("p", "s", "FI", beginning)]), seed: 1)
        #expect(queue.push(WriteQueue.Request(batch: batch) { _ in }) == nil)
        #expect(queue.requestRotation { _ in })
        #expect(!queue.close(SessionStoreError(.closing, operation: "", reason: "")))
        #expect(queue.close(SessionStoreError(.failed, operation: "", reason: "first")))
        #expect(!queue.close(SessionStoreError(.failed, operation: "", reason: "second")))
        #expect(!queue.close(SessionStoreError(.closing, operation: "", reason: "")))
        #expect(queue.refusal?.reason == "first")
        #expect(!queue.requestRotation { _ in })
        #expect(queue.push(WriteQueue.Request(batch: batch) { _ in })?.kind == .failed)
        guard case .rotate(let waiting) = queue.nextForWriter(), waiting.count == 1 else {
            Issue.record("the rotation is lost")
            return
        }
        queue.finishDeciding()
        guard case .decide(let requests, _) = queue.nextForCommitter(), requests.count == 1 else {
            Issue.record("the request is lost")
            return
        }
        queue.finishDeciding()
        guard case .commit(let group) = queue.nextForCommitter(), group.removeAll().count == 1 else {
            Issue.record("the request is lost")
            return
        }
        queue.giveBack(group, answered: 1)
        #expect(queue.nextForWriter() == nil && queue.waitingEvents == 0)
    }

    @Test func `more than may wait is refused as overload, and nothing of it is kept`() async throws {
        let harness = RocksDBHarness(hotSessions: 100_000)
        let store = try harness.openStore(at: harness.directory, maximumQueuedEvents: 2_000)
        let answers = Answers()
        for number in 0..<600 { answers.append(number, to: store, 100) }
        // One that is larger than the whole queue is taken when nothing else waits.
        await store.close()
        let kinds = answers.all.mapValues { $0.count == 1 ? $0[0] : .failed }
        #expect(kinds.count == 600)
        #expect(kinds.values.contains(.overloaded))
        #expect(kinds.values.allSatisfy { $0 == nil || $0 == .overloaded })
        let again = try harness.openStore()
        let stored = try await again.sessionStarts(in: always).values.reduce(0, +)
        #expect(stored == 100 * kinds.values.count { $0 == nil })
        await again.close()
    }

    @Test func `a batch larger than a group is stored as a whole`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        let count = 2 * WriteQueue.maximumGroupEvents + 7
        let events = (0..<count).map { start("p\($0 % 100)", "s\($0)", "FI", beginning) }
        try await store.append(EventBatch(events))
        #expect(try await store.sessionStarts(in: always) == counts(["FI": count]))
        await store.close()
        await #expect(throws: SessionStoreError.self) { try await store.append(EventBatch(events)) }
    }

    @Test func `a flush that fails stops the store once and for all, and the next start has everything`()
        async throws
    {
        let harness = RocksDBHarness(hotSessions: 50)
        let failures = Monitor<[SessionStoreError.Kind]>([])
        let store = try RocksDBStore(
            RocksDBStore.Options(
                path: harness.directory.path,
                clock: harness.clock.wallClock,
                hotSessions: 50,
                onFailure: { error in failures.withLock(notify: true) { $0.append(error.kind) } }
            ),
            metrics: MetricsRegistry(),
            logger: .silent
        )
        // Runs cannot be made where no directory is.
        #expect(unsafe rmdir(harness.directory.path + "/flush") == 0)
        let answers = Answers()
        var number = 0
        while store.unreadiness == nil {
            answers.append(number, to: store, 10)
            number += 1
            usleep(500)
        }
        for more in number..<(number + 20) { answers.append(more, to: store, 10) }
        await store.close()
        #expect(failures.withLock { $0 } == [.failed])
        let kinds = answers.all.mapValues { $0.count == 1 ? $0[0] : .unusable }
        #expect(kinds.count == number + 20)
        #expect(kinds.values.allSatisfy { $0 == nil || $0 == .failed })
        let acknowledged = kinds.filter { $0.value == nil }.count
        #expect(acknowledged >= 5)
        let again = try harness.openStore()
        let stored = try await again.sessionStarts(in: always).values.reduce(0, +)
        #expect(stored >= 10 * acknowledged && stored <= 10 * (number + 20))
        await again.close()
    }
}
