import PlayerSessions
import Synchronization
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct MemtablePoolTests {
    private static let sessions = 100

    @Test func `a memtable that was flushed comes back empty`() throws {
        let (supply, made) = supply()
        let first = try flush(Self.sessions, supply)
        let second = try supply.take()
        #expect(ObjectIdentifier(second) == first)
        #expect(made.count == 1)
        #expect(second.sessions.count == 0)
        #expect(second.lastSequence == 0)
        #expect(second.journalBytes == 0)
        #expect(Array(second.starts.sortedNodes()).isEmpty)
        // What it held is not found, and it takes new sessions.
        for number in 0..<Self.sessions { #expect(find(number, in: second) == 0) }
        add(7, to: second)
        #expect(find(7, in: second) != 0)
        #expect(find(8, in: second) == 0)
    }

    @Test func `one that a query reads is left as it is, and used again later`() throws {
        let (supply, made) = supply()
        var readers: [Memtable] = []
        let first = try flush(Self.sessions, supply) { readers.append($0) }
        #expect(ObjectIdentifier(try supply.take()) != first)
        #expect(made.count == 2)
        #expect(readers.allSatisfy { find(3, in: $0) != 0 })
        readers = []
        try supply.prepare()
        #expect(ObjectIdentifier(try supply.take()) == first)
    }

    @Test func `one with few sessions gives its memory back`() throws {
        let (supply, made) = supply()
        _ = try flush(Self.sessions / 2 - 1, supply)
        _ = try supply.take()
        #expect(made.count == 2)
    }

    @Test func `one is made ready before it is needed, and only one`() throws {
        let (supply, made) = supply()
        try supply.prepare()
        try supply.prepare()
        #expect(made.count == 1)
        _ = try supply.take()
        #expect(made.count == 1)
        _ = try supply.take()
        #expect(made.count == 2)
    }

    private final class Made: Sendable {
        private let state = Mutex(0)

        var count: Int { state.withLock { $0 } }

        func note() { state.withLock { $0 += 1 } }
    }

    private func supply() -> (MemtablePool, Made) {
        let made = Made()
        let supply = MemtablePool { () throws(SessionStoreError) in
            made.note()
            return try Memtable(MemtableLimits(sessions: Self.sessions), slack: 10)
        }
        return (supply, made)
    }

    /// Fills a memtable and gives it to the supply, as the flusher does.
    private func flush(
        _ sessions: Int,
        _ supply: MemtablePool,
        reading: (Memtable) -> Void = { _ in }
    ) throws -> ObjectIdentifier {
        let memtable = try supply.take()
        for number in 0..<sessions { add(number, to: memtable) }
        memtable.noteGroup(5, journalBytes: 4_096)
        reading(memtable)
        let identifier = ObjectIdentifier(memtable)
        supply.reuse(consume memtable)
        return identifier
    }

    private func add(_ number: Int, to memtable: Memtable) {
        let batch = PackedBatch(EventBatch([start("p\(number)", "s\(number)", "FI", beginning)]), seed: 1)
        batch.forEach { event in
            let record = StoredRecord(start: event.timestamp, end: StoredRecord.noEnd, country: event.country)
            _ = unsafe memtable.sessions.insert(
                event.sessionHash,
                playerHash: event.playerHash,
                key: event.key,
                playerLength: event.playerLength,
                value: record,
                indexedEnd: StoredRecord.noEnd
            )
            memtable.starts.add(event.timestamp, country: 1, delta: 1)
        }
    }

    private func find(_ number: Int, in memtable: Memtable) -> HotSessions.Reference {
        let batch = PackedBatch(EventBatch([start("p\(number)", "s\(number)", "FI", beginning)]), seed: 1)
        var found: HotSessions.Reference = 0
        batch.forEach { event in found = unsafe memtable.sessions.find(event.sessionHash, event.key) }
        return found
    }
}
