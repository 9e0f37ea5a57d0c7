import Fuzzing
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// Nodes of the runs that hold too many starts themselves are split by the next flush, and no count changes.
@Suite struct OversizedNodesTests {
    private static let begin = 17_000 * day + 5 * hour

    private static func windows(_ random: inout SeededRandom) -> [TrailingWindow] {
        (0..<40).map { _ in
            let from = Int64.random(in: -100...62_000, using: &random)
            let until = from + random.element(of: [1, 3, 80, 2_000, 30_000, second])
            return TrailingWindow(
                from: Timestamp(microseconds: begin + from),
                until: Timestamp(microseconds: begin + until)
            )
        }
    }

    private static func check(
        _ store: RocksDBStore,
        _ starts: [(instant: Int64, country: Int)],
        _ windows: [TrailingWindow]
    ) async throws {
        for window in windows {
            let inside = starts.filter {
                $0.instant > window.from.microseconds && $0.instant <= window.until.microseconds
            }
            let right = Dictionary(grouping: inside) { CountryCode(ordinal: $0.country) }.mapValues(\.count)
            #expect(try await store.sessionStarts(in: window) == right, "\(window)")
        }
    }

    /// The most entries that a node of each level holds in the runs.
    private static func largest(_ store: RocksDBStore) throws -> [StartLevel: Int] {
        try store.inspect { database in
            var found: [StartLevel: Int] = [:]
            var cursor = Cursor(database.database, database.starts, snapshot: nil)
            unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
            while try cursor.isValid() {
                if let key = unsafe HotStarts.Key(cursor.key) {
                    let node = try #require(unsafe StartNode.decode(cursor.value))
                    found[key.level] = max(found[key.level] ?? 0, node.entries.count)
                }
                cursor.advance()
            }
            return found
        } ?? [:]
    }

    private static func batch(_ starts: [(instant: Int64, country: Int)], _ round: Int) -> EventBatch {
        EventBatch(
            starts.enumerated().map { number, start in
                SessionEvent(
                    .start(CountryCode(ordinal: start.country)),
                    playerID: id("p\(number)"),
                    sessionID: id("s\(round)"),
                    timestamp: Timestamp(microseconds: start.instant)
                )
            }
        )
    }

    private static func isSplit(_ store: RocksDBStore) throws -> Bool {
        let largest = try Self.largest(store)
        return largest.allSatisfy { level, entries in
            level.finer == nil || entries <= OversizedNodes.maximumEntries
        } && largest.keys.contains { $0.marksHandingDown }
    }

    private static func expectSplit(_ store: RocksDBStore) throws {
        let largest = try Self.largest(store)
        for (level, entries) in largest where level.finer != nil {
            #expect(entries <= OversizedNodes.maximumEntries, "\(level)")
        }
        #expect(largest.keys.contains { $0.marksHandingDown })
    }

    @Test func `what many memtables put into one node is split`() async throws {
        var random = SeededRandom(seed: 3)
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        var starts: [(instant: Int64, country: Int)] = []
        for round in 0..<12 {
            let more = (0..<1_000).map { _ in
                (
                    instant: Self.begin + Int64.random(in: 0..<(second / 16), using: &random),
                    country: Int.random(in: 0..<300, using: &random)
                )
            }
            try await store.append(Self.batch(more, round))
            starts += more
        }
        let windows = Self.windows(&random)
        try await Self.check(store, starts, windows)
        // The queries met the node; the next flush splits it, and so may what that makes.
        for round in 0..<2 {
            try await store.append(EventBatch([start("q", "\(round)", "FI", Timestamp(microseconds: 1))]))
            store.flush()
            try await Self.check(store, starts, windows)
        }
        try Self.expectSplit(store)
        await store.close()
        let again = try harness.openStore()
        try await Self.check(again, starts, windows)
        await again.close()
    }

    // Many memtables that each put fewer starts into a node than one has to look at it for.
    @Test func `what a query met is split soon, though nothing is flushed any more`() async throws {
        var random = SeededRandom(seed: 6)
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        var starts: [(instant: Int64, country: Int)] = []
        for round in 0..<30 {
            let more = (0..<100).map { _ in
                (
                    instant: Self.begin + Int64.random(in: 0..<(second / 16), using: &random),
                    country: Int.random(in: 0..<300, using: &random)
                )
            }
            try await store.append(Self.batch(more, round))
            starts += more
            store.flush()
        }
        let windows = Self.windows(&random)
        let deadline = ContinuousClock.now + .seconds(60)
        repeat {
            try await Self.check(store, starts, windows)
            try await Task.sleep(for: .milliseconds(50))
        } while try !Self.isSplit(store) && ContinuousClock.now < deadline
        try Self.expectSplit(store)
        try await Self.check(store, starts, windows)
        // As a crash would leave it.
        let copy = try harness.directory.copy()
        await store.close()
        let again = try harness.openStore(at: copy)
        try await Self.check(again, starts, windows)
        await again.close()
    }

    @Test func `a node as the first stores have it is read, and split`() async throws {
        var random = SeededRandom(seed: 4)
        let starts = (0..<20_000).map { _ in
            (
                instant: Self.begin + Int64.random(in: 0..<(second / 16), using: &random),
                country: Int.random(in: 0..<CountryCode.count, using: &random)
            )
        }
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        try store.inspect { database in
            var batch = WriteBatch()
            for level in StartLevel.allCases where level <= .sixteenth {
                let bucket = level.bucket(of: Self.begin)
                var node = StartNode()
                if level == .sixteenth {
                    node = StartNode(
                        unordered: starts.map {
                            let offset = UInt32($0.instant - level.start(of: bucket))
                            return StartNode.Entry(offset: offset, country: UInt16($0.country), delta: 1)
                        }
                    )
                } else {
                    for start in starts { node.addTotal(UInt16(start.country), 1) }
                }
                batch.merge(
                    HotStarts.Key(level: level, bucket: bucket).bytes,
                    node.encoded,
                    in: database.starts
                )
            }
            try database.database.write(batch, sync: true)
        }
        // A flush takes a snapshot that holds the node.
        for round in 0..<2 {
            try await store.append(EventBatch([start("q", "\(round)", "FI", Timestamp(microseconds: 1))]))
            store.flush()
            try await Self.check(store, starts, Self.windows(&random))
        }
        try Self.expectSplit(store)
        await store.close()
    }
}
