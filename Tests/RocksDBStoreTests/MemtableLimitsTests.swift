import Fuzzing
import Metrics
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// One client's odd data must not grow a memtable, in memory or in the journal, beyond its bounds.
@Suite struct MemtableLimitsTests {
    /// A store whose memtables hold a million sessions and little else.
    private static func store(_ harness: RocksDBHarness) throws -> RocksDBStore {
        var options = RocksDBStore.Options(path: harness.directory.path, clock: harness.clock.wallClock)
        options.memtables.journalBytes = journalBytes
        options.memtables.treeBytes = treeBytes
        options.sweeps = .never
        return try RocksDBStore(options, metrics: MetricsRegistry(), logger: .silent)
    }

    private static let journalBytes = 200_000
    private static let treeBytes = 300_000
    private static let batchEvents = 500

    /// The sizes of a memtable, as the writer leaves them between two groups.
    private struct Sizes {
        var journal = 0
        var tree = 0
        var sequence: UInt64 = 0
    }

    /// Sends the events one batch after the other; returns the largest sizes that were seen in between.
    private static func send(_ events: [SessionEvent], to store: RocksDBStore) async throws -> Sizes {
        var largest = Sizes()
        for first in stride(from: 0, to: events.count, by: batchEvents) {
            try await store.append(EventBatch(events[first..<min(first + batchEvents, events.count)]))
            let now = store.inspectActive { Sizes(journal: $0.journalBytes, tree: $0.starts.memoryBytes) }
            largest.journal = max(largest.journal, now?.journal ?? 0)
            largest.tree = max(largest.tree, now?.tree ?? 0)
        }
        largest.sequence = try store.inspect { try CommitRecord.read($0) } ?? 0
        return largest
    }

    @Test func `one session whose end moves again and again does not grow the journal without bound`()
        async throws
    {
        let harness = RocksDBHarness(hotSessions: 1)
        let store = try Self.store(harness)
        let events = [start("p", "s", "FI", beginning)] + (1...20_000).map { end("p", "s", beginning + $0) }
        let largest = try await Self.send(events, to: store)
        // One group comes on top.
        #expect(largest.journal < Self.journalBytes + Self.batchEvents * JournalEntry.maximumBytes)
        #expect(largest.sequence > 0, "nothing has reached the runs")
        #expect(try await store.completeSessions(of: id("p"), limit: 2).map(\.end) == [beginning + 20_000])
        await store.close()
        let again = try harness.openStore()
        #expect(try await again.completeSessions(of: id("p"), limit: 2).map(\.end) == [beginning + 20_000])
        await again.close()
    }

    // The starts of each round crowd a few seconds, whose nodes stay when the next round moves them elsewhere.
    @Test func `sessions whose starts move again and again do not grow the tree without bound`() async throws
    {
        let harness = RocksDBHarness(hotSessions: 1)
        let store = try Self.store(harness)
        let latest = Timestamp(microseconds: 40_000 * day)
        let events = (0..<20).flatMap { round in
            (0..<2_000).map { number in
                start("p", "s\(number)", "FI", latest + (Int64(number) * 1_000 - Int64(round) * hour))
            }
        }
        let largest = try await Self.send(events, to: store)
        #expect(largest.tree < Self.treeBytes + 200_000)
        #expect(largest.sequence > 0, "nothing has reached the runs")
        #expect(try await store.sessionStarts(in: always) == counts(["FI": 2_000]))
        store.flush()
        #expect(try await store.sessionStarts(in: always) == counts(["FI": 2_000]))
        await store.close()
    }

    @Test func `reading a journal keeps to the same bounds`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000_000)
        let unbounded = try harness.openStore()
        for first in stride(from: 0, to: 20_000, by: Self.batchEvents) {
            let ends = (first..<first + Self.batchEvents).map { end("p", "s", beginning + Int64($0)) }
            try await unbounded.append(EventBatch(ends))
        }
        await unbounded.close()
        let store = try Self.store(harness)
        let journal = store.inspectActive { $0.journalBytes } ?? .max
        #expect(journal < Self.journalBytes + Self.batchEvents * JournalEntry.maximumBytes)
        await store.close()
    }

    @Test func `the bytes of a tree that are counted on the way are those that it takes`() {
        var random = SeededRandom(seed: 11)
        for spread in [second, hour, 400 * day] {
            var tree = HotStarts()
            for _ in 0..<30_000 {
                let instant = 20_000 * day + Int64.random(in: 0..<spread, using: &random)
                let delta = random.element(of: [1, 1, -1, 5_000] as [Int64])
                tree.add(instant, country: UInt16.random(in: 0..<200, using: &random), delta: delta)
            }
            #expect(tree.memoryBytes == tree.countedMemoryBytes)
        }
    }
}
