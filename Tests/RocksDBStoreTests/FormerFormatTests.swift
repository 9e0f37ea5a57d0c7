import Foundation
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// Stores of format 1, whose journal is a column family of the database.
@Suite struct FormerFormatTests {
    /// A store of format 1 with two sessions in its runs and three in its journal.
    private func formerStore() async throws -> RocksDBHarness {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        for number in 0..<2 {
            try await store.append(EventBatch([start("p", "s\(number)", "FI", beginning)]))
        }
        store.flush()
        for number in 2..<5 {
            try await store.append(EventBatch([start("p", "s\(number)", "US", beginning)]))
        }
        await store.close()
        let journal = harness.directory.path + "/journal"
        var groups: [(UInt64, [UInt8])] = []
        unsafe try JournalContents(directory: journal, committed: 2).replay { sequence, bytes in
            unsafe groups.append((sequence, Array(bytes)))
        }
        #expect(groups.map(\.0) == [3, 4, 5])
        try FileManager.default.removeItem(atPath: journal)
        try "1\n".write(toFile: harness.directory.path + "/FORMAT", atomically: false, encoding: .utf8)
        let database = try StoreDatabase(
            path: harness.directory.path + "/db",
            cacheBytes: 1 << 20,
            hasLegacyJournal: true
        )
        var batch = WriteBatch()
        let family = try #require(database.legacyJournal)
        for (sequence, bytes) in groups { batch.put(sequence.bigEndianBytes, bytes, in: family) }
        try database.database.write(batch, sync: true)
        return harness
    }

    private func format(_ harness: RocksDBHarness) throws -> String {
        try String(contentsOfFile: harness.directory.path + "/FORMAT", encoding: .utf8)
    }

    @Test(arguments: [1, 2, 1_000])
    func `a store of the former format is brought over when it is opened`(_ hotSessions: Int) async throws {
        let harness = try await formerStore()
        for round in 0..<3 {
            let store = try harness.openStore(at: harness.directory, hotSessions: hotSessions)
            #expect(try format(harness) == "2\n")
            #expect(try await store.sessionStarts(in: always) == counts(["FI": 2, "US": 3 + round]))
            // A retry of what was in the former journal is one.
            try await store.append(EventBatch([start("p", "s4", "US", beginning)]))
            try await store.append(EventBatch([start("q", "s\(round)", "US", beginning)]))
            await store.close()
        }
    }

    @Test func `a store that was being brought over when its process died is brought over by the next`()
        async throws
    {
        let harness = try await formerStore()
        let store = try harness.openStore()
        await store.close()
        // The last step was lost: all is in the runs, and the column family is gone.
        try "1\n".write(toFile: harness.directory.path + "/FORMAT", atomically: false, encoding: .utf8)
        let again = try harness.openStore()
        #expect(try await again.sessionStarts(in: always) == counts(["FI": 2, "US": 3]))
        await again.close()
        #expect(try format(harness) == "2\n")
    }
}
