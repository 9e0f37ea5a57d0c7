import Foundation
import PlayerSessions
import SessionStoreTesting
import Testing

@testable import player_sessions

private let start =
    #"{"event":"start","country":"FI","player_id":"p","session_id":"s","ts":"2016-12-02T12:00:00"}"#
private let end = #"{"event":"end","player_id":"p","session_id":"s","ts":"2016-12-02T13:00:00"}"#

/// What an import did, and the lines that it kept as invalid.
private struct Imported {
    var tally: ImportTally
    var failure: Failure?
    var rejects: String
}

/// Imports bytes into a store.
private func importing(
    _ bytes: [UInt8],
    into store: any SessionStore,
    retention: Retention = .forever
) async throws -> Imported {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    let rejectsPath = path + ".rejects"
    defer { for path in [path, rejectsPath] { try? FileManager.default.removeItem(atPath: path) } }
    try Data(bytes).write(to: URL(filePath: path))
    let rejects = try createFile(rejectsPath)
    defer { close(rejects) }
    let job = ImportJob(files: [try ImportFile(path)], rejects: rejects, rejectsPath: rejectsPath)
    let outcome = await job.run { report in
        StoreTarget(
            store,
            retention: retention,
            maximumClockSkewSeconds: 0,
            clock: .system,
            policy: .forTests,
            report: report
        )
    }
    let kept = try String(contentsOfFile: rejectsPath, encoding: .utf8)
    return Imported(tally: outcome.tally, failure: outcome.failure, rejects: kept)
}

private func importing(
    _ text: String,
    into store: any SessionStore,
    retention: Retention = .forever
) async throws -> Imported {
    try await importing(Array(text.utf8), into: store, retention: retention)
}

@Test func `valid lines go in and invalid ones are kept as they were`() async throws {
    let store = ModelStore()
    let long = String(repeating: "x", count: (1 << 20) + 5)
    let text = "\u{FEFF}\(start)\n\nnonsense\r\n\(long)\n\(end)\n{}{}"
    let imported = try await importing(text, into: store)
    #expect(imported.failure == nil)
    #expect(imported.tally.lines == 5)
    #expect(imported.tally.accepted == 2)
    #expect(imported.tally.rejected == 3)
    #expect(imported.tally.bytesRead == text.utf8.count)
    #expect(imported.rejects == "nonsense\r\n\(long)\n{}{}\n")
    #expect(try await store.completeSessions(of: Identifier("p"), limit: 9).count == 1)
}

@Test func `events older than the retention are counted and left out`() async throws {
    let store = ModelStore()
    let tally = try await importing(start + "\n" + end, into: store, retention: Retention(days: 1)).tally
    #expect(
        tally == ImportTally(lines: 2, expired: 2, bytesRead: tally.bytesRead, bytesTotal: tally.bytesTotal)
    )
    #expect(try await store.completeSessions(of: Identifier("p"), limit: 9).isEmpty)
}

@Test func `a store that fails stops the import with the line where it stood`() async throws {
    let store = ModelStore()
    await store.close()
    let failure = try await importing(start, into: store).failure
    #expect(failure?.description.contains(":1: ") == true, "\(String(describing: failure))")
}

@Test func `what a store took is counted although another batch ended the import`() async throws {
    let lines = (0..<60_000).map {
        #"{"event":"end","player_id":"p","session_id":"\#($0)","ts":"2016-12-02T13:00:00"}"# + "\n"
    }
    let store = FailingStore()
    let imported = try await importing(lines.joined(), into: store)
    #expect(imported.failure?.description.contains("the disk is full") == true)
    #expect(imported.tally.accepted == store.taken.withLock(\.self))
    #expect(imported.tally.accepted > 0)
    #expect(imported.tally.unanswered == imported.tally.lines - imported.tally.accepted)
    #expect(imported.tally.summary(seconds: 1).contains(" unanswered; "))
}

@Test func `what lies before the damage of a file goes in and is counted`() async throws {
    let store = ModelStore()
    // A member of gzip that holds both events, stored as they are, and then a member that does not unpack.
    let text = Array("\(start)\n\(end)\n".utf8)
    let imported = try await importing(gzipStoring(text) + [0x1F, 0x8B, 0xFF, 0xFF], into: store)
    #expect(imported.failure == nil)
    #expect(imported.tally.failedFiles == 1)
    #expect(imported.tally.accepted == 2)
    #expect(try await store.completeSessions(of: Identifier("p"), limit: 9).count == 1)
}

@Test func `a file of another kind is refused as a whole`() async throws {
    let store = ModelStore()
    for text in [
        "[\n\(start),\n\(end)\n]\n", "[\(start)]", "PK\u{3}\u{4}rest",
        String(repeating: "[{\(start)", count: 20_000),
    ] {
        let imported = try await importing(text, into: store)
        #expect(imported.failure == nil)
        #expect(imported.tally.failedFiles == 1, "\(text.prefix(100))")
        #expect(imported.tally.lines == 0)
        #expect(imported.rejects.isEmpty)
    }
    #expect(try await store.completeSessions(of: Identifier("p"), limit: 9).isEmpty)
}

@Test func `an import goes on where the store is overloaded for a while`() async throws {
    let store = BusyStore(refusals: 3)
    let imported = try await importing(start + "\n" + end, into: store)
    #expect(imported.failure == nil)
    #expect(imported.tally.accepted == 2)
    #expect(try await store.completeSessions(of: Identifier("p"), limit: 9).count == 1)
}

@Test func `imports never hold the threads that their stores answer on`() async throws {
    // More at a time than a pool has threads.
    try await withThrowingTaskGroup { group in
        for _ in 0..<64 {
            group.addTask { try await importing(start + "\n" + end, into: ModelStore()).tally.accepted }
        }
        for try await accepted in group { #expect(accepted == 2) }
    }
}
