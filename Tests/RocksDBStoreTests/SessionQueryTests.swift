import Fuzzing
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// Queries of a player's sessions over runs, a memtable that is flushed and the active one.
@Suite struct SessionQueryTests {
    private static let seed: UInt64 = 42
    /// More than a turn of the lock may look at, and far fewer than the sessions of the tests.
    private static let maximumSteps = 1_200

    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.map { unsafe KeyHash.hash($0, bytes.count, seed) } ?? 0
        }
    }

    /// Sets what a memtable knows of a session of the player `p`.
    private static func put(_ session: String, _ record: StoredRecord, in memtable: Memtable) {
        let player = packed(Array("p".utf8))
        let key = player + packed(Array(session.utf8))
        unsafe key.withUnsafeBytes { bytes in
            let found = unsafe memtable.sessions.find(hash(key), bytes)
            if found != 0 { return memtable.sessions.update(found, to: record) }
            _ = unsafe memtable.sessions.insert(
                hash(key),
                playerHash: hash(player),
                key: bytes,
                playerLength: player.count,
                value: record,
                indexedEnd: StoredRecord.noEnd
            )
        }
    }

    private static func record(_ start: Int64, _ end: Int64) -> StoredRecord {
        var record = StoredRecord.empty
        _ = record.merge(start: start, country: country("FI").rawValue)
        _ = record.merge(end: end)
        return record
    }

    private static func memtable() throws -> Memtable {
        try Memtable(MemtableLimits(sessions: 10_000), slack: 10)
    }

    private static func page(
        _ limit: Int,
        after cutoff: Int64 = .min,
        in memtable: Memtable
    ) -> SessionOrder.Page {
        let player = packed(Array("p".utf8))
        var position = SessionOrder.Position()
        return unsafe player.withUnsafeBytes { bytes in
            unsafe memtable.sessions.players.page(
                limit,
                of: bytes,
                hash(player),
                in: memtable.sessions,
                after: cutoff,
                from: &position
            )
        }
    }

    /// Puts events into runs, and asks a view of these and of two memtables.
    private static func query(
        _ events: [SessionEvent],
        flushing: Memtable?,
        active: Memtable,
        limit: Int,
        after cutoff: Int64,
        onTurn: @escaping (Int) -> Void = { _ in }
    ) async throws -> [Session] {
        let harness = RocksDBHarness(hotSessions: 100_000)
        let store = try harness.openStore()
        if !events.isEmpty { try await store.append(EventBatch(events)) }
        store.flush()
        let answer = try store.inspect { database in
            let view = StoreView(
                active: active,
                flushing: flushing,
                snapshot: Snapshot(of: database.database)
            )
            var query = SessionQuery(store: database, view: SharedView(view), seed: seed)
            query.onTurn = onTurn
            return try query.run(id("p"), limit: limit, after: Timestamp(microseconds: cutoff))
        }
        await store.close()
        return answer ?? []
    }

    @Test func `moving the last of a player's latest sessions again and again costs a query nothing`() throws
    {
        let memtable = try Self.memtable()
        for number in 0..<5_000 as Range<Int64> {
            Self.put("s\(number)", Self.record(1_000, 2_000 + number), in: memtable)
        }
        for round in 0..<200 as Range<Int64> {
            let latest = Self.page(100, in: memtable).references.map {
                memtable.sessions.record($0)
            }
            let last = try #require(latest.last)
            let session = try #require(unpacked(unsafe Array(last.session)))
            var record = last.value
            _ = record.merge(start: 999 - round, country: record.country)
            Self.put(String(decoding: session, as: UTF8.self), record, in: memtable)
        }
        let page = Self.page(20, in: memtable)
        #expect(
            page.references.map { memtable.sessions.record($0).value.end } == (6_980..<7_000).reversed()
        )
        #expect(page.steps < 30)
    }

    @Test func `expired sessions of the active memtable are passed over many at a time`() throws {
        let memtable = try Self.memtable()
        for number in 0..<6_000 as Range<Int64> {
            Self.put("s\(number)", Self.record(number < 10 ? 1_500 : 1_000, 2_000 + number), in: memtable)
        }
        let page = Self.page(20, after: 1_000, in: memtable)
        #expect(page.references.count == 10 && page.isLast)
        #expect(page.steps < 400)
        // The latest of a leaf goes, and with it what made the leaf worth a look.
        for number in 0..<10 as Range<Int64> { Self.put("s\(number)", .empty, in: memtable) }
        #expect(Self.page(20, after: 1_000, in: memtable).steps < 100)
    }

    @Test(arguments: [false, true])
    func `a turn of the lock is bounded, however many sessions memory replaces`(
        _ isFlushing: Bool
    ) async throws {
        let active = try Self.memtable()
        let flushing = isFlushing ? try Self.memtable() : nil
        var events: [SessionEvent] = []
        for number in 0..<4_000 as Range<Int64> {
            let isReplaced = number >= 30
            if let flushing { Self.put("s\(number)", Self.record(1_000, 2_000 + number), in: flushing) }
            let times = (Timestamp(microseconds: 1_000), Timestamp(microseconds: 2_000 + number))
            events += [start("p", "s\(number)", "FI", times.0), end("p", "s\(number)", times.1)]
            if isReplaced { Self.put("s\(number)", Self.record(500, 2_000 + number), in: active) }
        }
        let turns = Monitor<[Int]>([])
        let answer = try await Self.query(
            isFlushing ? [] : events,
            flushing: flushing,
            active: active,
            limit: 20,
            after: 500
        ) { steps in turns.withLock { $0.append(steps) } }
        #expect(answer.map(\.end.microseconds) == (2_010..<2_030).reversed())
        let steps = turns.withLock { $0 }
        #expect(steps.count > 4 && steps.allSatisfy { $0 < Self.maximumSteps }, "\(steps)")
    }

    // Strategy: sessions with few instants in three layers that replace each other at random, also by records that are
    // incomplete or expired, many or few of them in each layer.
    // Invariant: an answer is that of a dictionary into which the layers went, oldest first.
    @Test func `an answer over runs and two memtables is that of a dictionary`() async throws {
        for seed in 1...(12 as UInt64) {
            var random = SeededRandom(seed: seed)
            let sessions = random.element(of: [20, 150, 900])
            var expected: [String: StoredRecord] = [:]
            var events: [SessionEvent] = []
            func instants() -> (Int64, Int64) {
                let start = Int64.random(in: 100...120, using: &random)
                return (start, start + Int64.random(in: 0...random.element(of: [5, 1_000]), using: &random))
            }
            for number in 0..<sessions where !random.once(in: 4) {
                let (first, last) = instants()
                events.append(start("p", "s\(number)", "FI", Timestamp(microseconds: first)))
                events.append(end("p", "s\(number)", Timestamp(microseconds: last)))
                expected["s\(number)"] = Self.record(first, last)
            }
            let memtables = [try Self.memtable(), try Self.memtable()]
            for memtable in memtables {
                let share = random.element(of: [1, 2, 10])
                for number in 0..<sessions where random.once(in: share) {
                    let (first, last) = instants()
                    let record = random.once(in: 5) ? StoredRecord.empty : Self.record(first, last)
                    Self.put("s\(number)", record, in: memtable)
                    expected["s\(number)"] = record
                }
            }
            let (limit, cutoff) = (random.element(of: [1, 20, 100]), random.element(of: [0, 110, 119]))
            let answer = try await Self.query(
                events,
                flushing: memtables[0],
                active: memtables[1],
                limit: limit,
                after: Int64(cutoff)
            )
            let right = expected.filter { $0.value.isComplete && $0.value.start > cutoff }
                .map {
                    Session(
                        sessionID: id($0.key),
                        country: country("FI"),
                        start: Timestamp(microseconds: $0.value.start),
                        end: Timestamp(microseconds: $0.value.end)
                    )
                }
                .sorted { $0.precedes($1) }
            #expect(answer == Array(right.prefix(limit)), "seed \(seed)")
        }
    }
}
