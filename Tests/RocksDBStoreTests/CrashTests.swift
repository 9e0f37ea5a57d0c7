import Fuzzing
import Foundation
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct CrashTests {
    // Strategy: one task appends batch after batch, each of which names itself by a session of its own, while
    // another copies the directory at random moments: first the journal, then the rest, so that the copy is what
    // a crash after the last copied page of the journal could have left. Small memtables flush all the while.
    // Invariants: every copy opens; it holds the batches up to some one and nothing of those behind it, and
    // all that were acknowledged before the copy began; its answers are the model's.
    @Test(arguments: [UInt64](1...2))
    func `copies taken while the store runs hold whole batches, and all that were acknowledged`(
        _ seed: UInt64
    ) async throws {
        let harness = RocksDBHarness(hotSessions: 60)
        let store = try harness.openStore()
        var random = SeededRandom(seed: seed)
        let batches = (0..<800).map { CrashTests.batch($0, &random) }
        let acknowledged = Monitor(0)
        let appends = Task {
            for (number, batch) in batches.enumerated() {
                try await store.append(batch)
                acknowledged.withLock { $0 = number + 1 }
            }
        }
        var copies: [(directory: TemporaryDirectory, atLeast: Int)] = []
        while copies.count < 4, acknowledged.withLock({ $0 }) < batches.count {
            try await Task.sleep(for: .microseconds(Int.random(in: 1_000...60_000, using: &random)))
            let atLeast = acknowledged.withLock { $0 }
            if let copy = CrashTests.copy(harness.directory) { copies.append((copy, atLeast)) }
        }
        try await appends.value
        await store.close()
        #expect(!copies.isEmpty)
        for copy in copies {
            let context = Comment(rawValue: "seed \(seed), copy after batch \(copy.atLeast)")
            let again = try harness.openStore(at: copy.directory)
            let marks = try await again.sessionStarts(in: always)[country("ZZ")] ?? 0
            #expect(marks >= copy.atLeast, context)
            var model = Model()
            for batch in batches.prefix(marks) { model.apply(batch, now: harness.clock.now) }
            for _ in 0..<2 {
                #expect(
                    try await again.sessionStarts(in: always)
                        == model.counts(in: always, now: harness.clock.now),
                    context
                )
                for player in model.playerIDs {
                    #expect(
                        try await again.completeSessions(of: player, limit: 100)
                            == model.latestSessions(of: player, limit: 100, now: harness.clock.now),
                        context
                    )
                }
                again.flush()
            }
            await again.close()
        }
    }

    private static func batch(_ number: Int, _ random: inout SeededRandom) -> EventBatch {
        let events = (0..<4).map { _ -> SessionEvent in
            let player = random.element(of: ["p", "q"])
            let session = "s\(Int.random(in: 0..<300, using: &random))"
            let timestamp = beginning + Int64.random(in: 0...(3 * day), using: &random)
            return random.once(in: 2)
                ? start(player, session, random.element(of: ["FI", "US"]), timestamp)
                : end(player, session, timestamp)
        }
        return EventBatch(events + [start("marks", "batch \(number)", "ZZ", beginning)])
    }

    /// Copies files page by page from their ends: a page never comes without those that were written before it.
    private static func copyJournal(from: String, to: String) throws {
        try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: from) {
            let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: from + name))
            defer { try? source.close() }
            let size = try source.seekToEnd()
            _ = FileManager.default.createFile(atPath: to + name, contents: Data(count: Int(size)))
            let target = try FileHandle(forWritingTo: URL(fileURLWithPath: to + name))
            defer { try? target.close() }
            for page in stride(from: 0, to: size, by: 4_096).reversed() {
                try source.seek(toOffset: page)
                try target.seek(toOffset: page)
                try target.write(contentsOf: source.read(upToCount: 4_096) ?? Data())
            }
        }
    }

    /// A copy of a store that runs: the journal, then what names the files, then the files; `nil` where one of
    /// them was deleted meanwhile.
    private static func copy(_ directory: TemporaryDirectory) -> TemporaryDirectory? {
        let other = TemporaryDirectory()
        let (from, to) = (directory.path + "/db/", other.path + "/db/")
        do {
            try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: directory.path + "/FORMAT",
                toPath: other.path + "/FORMAT"
            )
            try copyJournal(from: directory.path + "/journal/", to: other.path + "/journal/")
            let names = try FileManager.default.contentsOfDirectory(atPath: from)
            let logs = names.filter { $0.hasSuffix(".log") }
            for name in logs { try FileManager.default.copyItem(atPath: from + name, toPath: to + name) }
            for name in names where !name.contains(".") && name != "LOCK" && name != "LOG" {
                try FileManager.default.copyItem(atPath: from + name, toPath: to + name)
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: from).filter {
                $0.hasSuffix(".sst")
            }
            for name in files { try FileManager.default.copyItem(atPath: from + name, toPath: to + name) }
            // A file that was deleted in between may be one that the copy names.
            guard Set(names.filter { $0.hasSuffix(".sst") }).isSubset(of: files) else { return nil }
            return other
        } catch {
            return nil
        }
    }
}
