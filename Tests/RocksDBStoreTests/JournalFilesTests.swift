import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct JournalFilesTests {
    @Test func `the journal's files go when its groups are in the runs`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        var largest = (bytes: UInt64(0), files: 0)
        for round in 0..<16 {
            for batch in 0..<20 {
                let events = (0..<50).map { number in
                    start("p\(number)", "s\(round)-\(batch)-\(number)", "FI", beginning + Int64(number))
                }
                try await store.append(EventBatch(events))
            }
            store.flush()
            try store.inspect { store in
                let size = store.database.property("rocksdb.total-sst-files-size", of: store.journal) ?? 0
                largest.bytes = max(largest.bytes, size)
                largest.files = max(largest.files, store.database.files(of: store.journal).count)
            }
        }
        await store.close()
        // All rounds together wrote some 480,000 bytes to it.
        #expect(largest.bytes < 60_000)
        #expect(largest.files < 8)
    }
}
