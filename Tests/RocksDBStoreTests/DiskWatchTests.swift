import Logging
import Metrics
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct DiskWatchTests {
    @Test func `room that is short is back at an eighth above the watermark`() {
        var room = FreeSpaceRule()
        let states = [1_000, 800, 799, 800, 899, 900, 800, 799].map { free in
            room.observe(freeBytes: free, watermark: 800)
            return room.isShort
        }
        #expect(states == [false, false, true, true, true, false, false, true])
    }

    @Test
    func `the watermark leaves what a start needs, what comes meanwhile, and what memory becomes on disk`() {
        #expect(FreeSpaceRule.watermark(unflushedBytes: 0) == 128 << 20)
        #expect(FreeSpaceRule.watermark(unflushedBytes: 300_000_000) == (128 << 20) + 300_000_000)
        #expect(StoreResources.leastFreeBytes < FreeSpaceRule.leastBytes)
    }

    @Test func `what is in memory never takes more of the disk than the watermark counts`() async throws {
        for idLength in [1, 36, 128] {
            let harness = RocksDBHarness(hotSessions: 100_000)
            let store = try harness.openStore()
            let pad = String(repeating: "x", count: idLength)
            for number in 0..<40 {
                // Scattered over years, so that the tree of starts has a path for each.
                let events = (0..<500).flatMap { index -> [SessionEvent] in
                    let instant = beginning - Int64(number * 500 + index) * 7_919 * 1_000_000
                    let player = String("\(number)-\(index)\(pad)".prefix(max(idLength, 8)))
                    return [start(player, pad, "FI", instant), end(player, pad, instant + 1)]
                }
                try await store.append(EventBatch(events))
            }
            let counted = try #require(store.inspectActive { $0.unflushedBytes })
            store.flush()
            let written = try #require(try store.inspect { $0.runBytes })
            #expect(Int(written) < counted, "ids of \(idLength) bytes: \(written) of \(counted)")
            await store.close()
        }
    }

    /// What RocksDB tells at a look: failed merges so far, free bytes of the 100 that one needs, whether one is due.
    private static let looks: [(String, [(UInt64, Int, Bool)], [Bool], [Bool])] = [
        ("all is well", [(5, 1_000, true), (5, 10, true)], [false, false], [false, false]),
        (
            "no room, then room, then a merge that goes well",
            [(6, 50, true), (6, 99, true), (6, 100, true), (6, 100, true), (6, 100, false)],
            [true, true, true, true, false], [true, true, false, false, false]
        ),
        (
            "room that is not enough after all",
            [(6, 50, true), (6, 100, true), (7, 60, true), (7, 100, true), (7, 100, false)],
            [true, true, true, true, false], [true, false, true, false, false]
        ),
        (
            "another error than of room", [(6, 500, true), (6, 500, true), (6, 500, false)],
            [true, true, false], [false, false, false]
        ),
    ]

    @Test(arguments: looks.indices)
    func `merges that failed pause until there is room, and are told of until one goes well`(_ index: Int) {
        let (what, looks, failed, paused) = Self.looks[index]
        var rule = CompactionRule(errors: 5)
        var states: [(Bool, Bool)] = []
        for (errors, free, isDue) in looks {
            rule.observe(errors: errors, freeBytes: free, neededBytes: 100, isCompactionDue: isDue)
            states.append((rule.hasFailed, rule.isPaused))
        }
        #expect(states.map(\.0) == failed, "\(what)")
        #expect(states.map(\.1) == paused, "\(what)")
    }

    @Test func `a queue that is short of room refuses what comes, hands out what it took, and goes on`() {
        let queue = WriteQueue(maximumEvents: 10)
        func push() -> SessionStoreError.Kind? {
            let batch = PackedBatch(EventBatch([start("p", "s", "FI", beginning)]), seed: 1)
            return queue.push(WriteQueue.Request(batch: batch) { _ in })?.kind
        }
        #expect(push() == nil)
        queue.setShortage(SessionStoreError(.overloaded, operation: "store", reason: "full"))
        #expect(push() == .overloaded)
        guard case .decide(let requests, _) = queue.nextForCommitter(), requests.count == 1 else {
            Issue.record("the request is lost")
            return
        }
        #expect(queue.refusal == nil)
        queue.setShortage(nil)
        #expect(push() == nil)
        queue.close(SessionStoreError(.closing, operation: "", reason: ""))
        queue.setShortage(SessionStoreError(.overloaded, operation: "store", reason: "full"))
        #expect(push() == .closing)
    }

    @Test func `a gate holds merges until it opens`() throws {
        let gate = CompactionGate()
        gate.pass()
        gate.set(isClosed: true)
        let hasPassed = Monitor(false)
        let thread = try WorkerThread("test") {
            gate.pass()
            hasPassed.withLock(notify: true) { $0 = true }
        }
        #expect(hasPassed.wait(milliseconds: 100) { $0 ? true : nil } == nil)
        gate.set(isClosed: false)
        thread.join()
        #expect(hasPassed.withLock { $0 })
    }

    @Test func `a purge waits for room and is not begun without it`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore(retention: Retention(days: 10))
        let first = harness.clock.now
        try await store.append(EventBatch([start("p", "s", "FI", first), end("p", "s", first + 1)]))
        harness.clock.set(first + 21 * day)
        #expect(try store.sweep(hasRoom: false) == false)
        #expect(try store.inspect { try PurgeRecord.pending($0) == nil } == true)
        #expect(try store.sweep())
        #expect(try store.inspection(through: first.microseconds).leftovers == [])
        await store.close()
    }
}
