import Foundation
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct RecoveryTests {
    /// A store with five groups in its journal, closed.
    private func closedStore() async throws -> RocksDBHarness {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        for number in 0..<5 {
            try await store.append(EventBatch([start("p", "s\(number)", "FI", beginning)]))
        }
        await store.close()
        return harness
    }

    private func change(_ harness: RocksDBHarness, _ body: (StoreDatabase, inout WriteBatch) -> Void) throws {
        let store = try StoreDatabase(path: harness.directory.path + "/db", cacheBytes: 1 << 20)
        var batch = WriteBatch()
        body(store, &batch)
        try store.database.write(batch, sync: true)
    }

    private func complaint(_ harness: RocksDBHarness) async -> SessionStoreError? {
        do throws(SessionStoreError) {
            let options = RocksDBStore.Options(path: harness.directory.path, hotSessions: 1_000)
            try await RocksDBStore(options, metrics: .init(), logger: .silent).close()
            return nil
        } catch {
            return error
        }
    }

    /// A store with some runs, closed, and the files of its database that are runs.
    private func closedStoreOfRuns() async throws -> (harness: RocksDBHarness, runs: () throws -> [String]) {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        for number in 0..<30 {
            let events = (0..<100).map { start("p\($0)", "s\(number)-\($0)", "FI", beginning) }
            try await store.append(EventBatch(events))
        }
        await store.close()
        let database = harness.directory.path + "/db"
        return (
            harness,
            {
                try FileManager.default.contentsOfDirectory(atPath: database)
                    .filter { $0.hasSuffix(".sst") }.sorted().map { database + "/" + $0 }
            }
        )
    }

    @Test func `a run that RocksDB has deleted, its list naming it, is found under its other name`()
        async throws
    {
        let (harness, runs) = try await closedStoreOfRuns()
        let count = try runs().count
        #expect(count >= 3)
        for number in 0..<count {
            let all = try runs()
            let leftover = "\(harness.directory.path)/flush/\(StoreFiles.Run.allCases[number % 3]).sst"
            // A memtable without ends leaves an empty file of this name.
            try? FileManager.default.removeItem(atPath: leftover)
            try FileManager.default.moveItem(atPath: all[number % all.count], toPath: leftover)
            let store = try harness.openStore()
            let starts = try await store.sessionStarts(in: TrailingWindow(from: .earliest, until: .latest))
            #expect(starts.values.reduce(0, +) == 3_000)
            await store.close()
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: harness.directory.path + "/flush") == []
            )
        }
    }

    @Test func `another run does not take the place of one that is missing`() async throws {
        let (harness, runs) = try await closedStoreOfRuns()
        let all = try runs()
        try FileManager.default.removeItem(atPath: all[0])
        let leftover = harness.directory.path + "/flush/index.sst"
        try? FileManager.default.removeItem(atPath: leftover)
        try FileManager.default.copyItem(atPath: all[1], toPath: leftover)
        let error = await complaint(harness)
        #expect(error?.kind == .unusable)
        #expect(error?.reason.contains("No such file") == true, "\(String(describing: error))")
        #expect(try runs() == Array(all.dropFirst()))
        #expect(FileManager.default.fileExists(atPath: leftover))
    }

    /// Puts zeros in the place of a group, each of which has a block.
    private func zero(group: Int, _ harness: RocksDBHarness) throws {
        let path = harness.directory.path + "/journal/1.journal"
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64((group - 1) * JournalRecord.blockBytes))
        try file.write(contentsOf: [UInt8](repeating: 0, count: JournalRecord.blockBytes))
        try file.close()
    }

    @Test func `a gap in the journal stops the start`() async throws {
        let harness = try await closedStore()
        try zero(group: 3, harness)
        let error = try #require(await complaint(harness))
        #expect(error.kind == .unusable && error.reason.contains("group 3 is missing"))
        // And leaves the directory free, and as it was.
        #expect(await complaint(harness)?.reason == error.reason)
    }

    @Test func `the last group of a closed store is known to be missing, too`() async throws {
        let harness = try await closedStore()
        try zero(group: 5, harness)
        #expect(await complaint(harness)?.reason.contains("group 5 is missing") == true)
    }

    @Test func `a group that cannot be read stops the start`() async throws {
        let harness = try await closedStore()
        let path = harness.directory.path + "/journal"
        // Right for the journal, and wrong for the store: as by a program that is not this one.
        let contents = try JournalContents(directory: path, committed: 0)
        let record = JournalRecord(
            .group,
            sequence: 6,
            syncedThrough: 5,
            previousChecksum: contents.lastChecksum,
            life: contents.life,
            payloadBytes: 3
        )
        var bytes = [UInt8](repeating: 0, count: JournalRecord.blockBytes)
        bytes.replaceSubrange(JournalRecord.headerBytes..<JournalRecord.headerBytes + 3, with: [1, 2, 3])
        unsafe bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            _ = unsafe record.seal(start)
        }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path + "/1.journal"))
        try file.seek(toOffset: UInt64(contents.end))
        try file.write(contentsOf: bytes)
        try file.close()
        let error = await complaint(harness)
        #expect(error?.kind == .unusable && error?.reason.contains("group 6 cannot be read") == true)
    }

    @Test(arguments: [1, 3, 1_000])
    func `replaying into memtables of another size gives the same`(_ hotSessions: Int) async throws {
        let harness = try await closedStore()
        for _ in 0..<2 {
            let store = try harness.openStore(at: harness.directory, hotSessions: hotSessions)
            #expect(try await store.sessionStarts(in: always) == counts(["FI": 5]))
            await store.close()
        }
    }

    @Test func `a replay that closes memtables elsewhere keeps a session that was incomplete in between`()
        async throws
    {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let retention = Retention(days: 10)
        let store = try harness.openStore(retention: retention)
        let first = harness.clock.now
        try await store.append(
            EventBatch([start("p", "s", "FI", first), end("p", "s", first + 15 * day)])
        )
        store.flush()
        // The first start is forgotten. Of the next two one lies behind the end, and one before it.
        harness.clock.set(first + 21 * day)
        try await store.append(EventBatch([start("p", "s", "US", first + 16 * day)]))
        try await store.append(EventBatch([start("p", "s", "SE", first + 14 * day)]))
        let copy = try harness.directory.copy()
        await store.close()
        let again = try harness.openStore(at: copy, retention: retention, hotSessions: 1)
        again.flush()
        let found = try await again.completeSessions(of: id("p"), limit: 10)
        #expect(found.map(\.start) == [first + 14 * day])
        await again.close()
    }

    @Test func `a database that is older than what was noted beside it is refused`() async throws {
        let harness = try await closedStore()
        let store = try harness.openStore()
        store.flush()
        await store.close()
        try change(harness) { store, batch in
            batch.put(CommitRecord.key, UInt64(0).bigEndianBytes, in: store.starts)
        }
        let error = await complaint(harness)
        #expect(error?.kind == .unusable && error?.reason.contains("had those through") == true)
    }

    @Test func `a memtable that reached the runs in part is written again`() async throws {
        let harness = try await closedStore()
        let whole = try harness.directory.copy()
        // As if the process had died between the files of a flush: the records are there, the commit is not.
        let store = try harness.openStore()
        try await store.append(
            EventBatch([start("p", "s0", "US", beginning - 1), end("p", "s0", beginning)])
        )
        store.flush()
        await store.close()
        try change(harness) { store, batch in
            for level in StartLevel.allCases {
                batch.deleteRange(from: [level.rawValue], to: [level.rawValue + 1], in: store.starts)
            }
            batch.put(CommitRecord.key, UInt64(0).bigEndianBytes, in: store.starts)
        }
        let journal = harness.directory.path + "/journal"
        try FileManager.default.removeItem(atPath: journal)
        try FileManager.default.copyItem(atPath: whole.path + "/journal", toPath: journal)
        // It is written behind the commit.
        try FileManager.default.removeItem(atPath: harness.directory.path + "/COMMITTED")
        let again = try harness.openStore(at: harness.directory, hotSessions: 2)
        #expect(try await again.sessionStarts(in: always) == counts(["FI": 5]))
        #expect(try await again.completeSessions(of: id("p"), limit: 10) == [])
        try await again.append(
            EventBatch([start("p", "s0", "US", beginning - 1), end("p", "s0", beginning)])
        )
        for _ in 0..<2 {
            #expect(try await again.sessionStarts(in: always) == counts(["FI": 4, "US": 1]))
            #expect(try await again.completeSessions(of: id("p"), limit: 10).count == 1)
            again.flush()
        }
        await again.close()
    }
}
