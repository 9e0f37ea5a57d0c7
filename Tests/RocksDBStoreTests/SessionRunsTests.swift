import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct SessionRunsTests {
    private typealias Row = [UInt8]

    @Test func `the runs of a memtable have each session once, in the order of keys`() throws {
        let directory = TemporaryDirectory()
        let files = try StoreFiles(path: directory.path)
        let store = try StoreDatabase(path: files.databasePath, cacheBytes: 1 << 20)
        let events = Self.events
        let first = try Model(events, end: { $0 % 3 == 0 ? beginning.microseconds + Int64($0 % 7) : nil })
        try first.write(to: store, by: files, before: nil)
        #expect(try Self.keys(store, store.records) == first.recordKeys)
        #expect(try Self.keys(store, store.index) == first.indexKeys)
        // Other ends replace the former ones, and a session that lost its end has no row.
        let second = try Model(events, end: { $0 % 2 == 0 ? beginning.microseconds + Int64($0 % 5) : nil })
        try second.write(to: store, by: files, before: first)
        #expect(try Self.keys(store, store.records) == second.recordKeys)
        #expect(try Self.keys(store, store.index) == second.indexKeys)
    }

    /// Players that begin alike, share a hash (a few of 3,000 names share one of 65,536), or have many sessions, and
    /// sessions of every packed form.
    private static var events: [SessionEvent] {
        (0..<6_000).map { number in
            let player = number < 3_000 ? "player-\(number)" : "busy-player-\(number % 11)"
            let session =
                switch number % 3 {
                case 0: "session \(number)"
                case 1: String(repeating: "0", count: 24) + hex(number &* 7_919)
                default:
                    "0b6f2f4c-9d9c-4ef2-8a43-" + String(repeating: "0", count: 4) + hex(number &* 104_729)
                }
            return start(player, session, "FI", beginning)
        }
    }

    private static func hex(_ number: Int) -> String {
        let digits = String(UInt32(truncatingIfNeeded: number), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static func keys(_ store: StoreDatabase, _ family: ColumnFamily) throws -> [Row] {
        var keys: [Row] = []
        var cursor = Cursor(store.database, family, snapshot: nil)
        unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
        while try cursor.isValid() {
            keys.append(unsafe Row(cursor.key))
            cursor.advance()
        }
        return keys
    }

    /// The same sessions in the plainest form.
    private struct Model {
        let batch: PackedBatch
        let texts: [Row]
        let ends: [Int64?]
        var recordKeys: [Row] = []
        var indexKeys: [Row] = []

        init(_ events: [SessionEvent], end: (Int) -> Int64?) throws {
            batch = PackedBatch(EventBatch(events), seed: 1)
            texts = events.map { Row($0.sessionID.description.utf8) }
            ends = events.indices.map(end)
            var number = 0
            batch.forEach { event in
                let player = unsafe Row(event.key.prefix(event.playerLength))
                let hash = unsafe player.withUnsafeBytes { unsafe KeyHash.stored($0) }
                let prefix = [UInt8(hash >> 8), UInt8(hash & 0xFF)] + player
                recordKeys.append(unsafe prefix + Row(event.key.dropFirst(event.playerLength)))
                if let end = ends[number] {
                    let order = unsafe withUnsafeBytes(of: (~UInt64(bitPattern: end)).bigEndian) {
                        unsafe Row($0)
                    }
                    indexKeys.append(prefix + order + texts[number])
                }
                number += 1
            }
            recordKeys.sort { $0.lexicographicallyPrecedes($1) }
            indexKeys.sort { $0.lexicographicallyPrecedes($1) }
        }

        func write(to store: StoreDatabase, by files: StoreFiles, before: Model?) throws {
            let memtable = try Memtable(MemtableLimits(sessions: 10_000), slack: 10)
            var number = 0
            batch.forEach { event in
                _ = unsafe memtable.sessions.insert(
                    event.sessionHash,
                    playerHash: event.playerHash,
                    key: event.key,
                    playerLength: event.playerLength,
                    value: StoredRecord(
                        start: event.timestamp,
                        end: ends[number] ?? StoredRecord.noEnd,
                        country: event.country
                    ),
                    indexedEnd: before?.ends[number] ?? StoredRecord.noEnd
                )
                number += 1
            }
            let (records, index) = (files.path(of: .records), files.path(of: .index))
            #expect(try SessionRuns(memtable.sessions, store).write(records: records, index: index))
            try store.database.ingest(records, into: store.records)
            try store.database.ingest(index, into: store.index)
        }
    }
}
