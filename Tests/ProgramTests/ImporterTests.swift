import Foundation
import PlayerSessions
import SessionStoreTesting
import Testing

@testable import player_sessions

private let start =
    #"{"event":"start","country":"FI","player_id":"p","session_id":"s","ts":"2016-12-02T12:00:00"}"#
private let end = #"{"event":"end","player_id":"p","session_id":"s","ts":"2016-12-02T13:00:00"}"#

/// Imports a text into a store; returns the tally and the lines that were kept as invalid.
private func importing(
    _ text: String,
    into store: any SessionStore,
    retention: Retention = .forever
) throws -> (tally: ImportTally, rejects: String) {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    let rejectsPath = path + ".rejects"
    defer { for path in [path, rejectsPath] { try? FileManager.default.removeItem(atPath: path) } }
    try Data(text.utf8).write(to: URL(filePath: path))
    let rejects = try createFile(rejectsPath)
    let report = ImportReport(Console(), rejects: rejects, rejectsPath: rejectsPath)
    let target = StoreTarget(
        store,
        retention: retention,
        maximumClockSkewSeconds: 0,
        clock: .system,
        policy: RetryPolicy(),
        report: report
    )
    try Importer(into: target, report: report).run([try ImportFile(path)])
    close(rejects)
    return (report.tally, try String(contentsOfFile: rejectsPath, encoding: .utf8))
}

@Test func `valid lines go in and invalid ones are kept as they were`() async throws {
    let store = ModelStore()
    let long = String(repeating: "x", count: (1 << 20) + 5)
    let text = "\u{FEFF}\(start)\n\nnonsense\r\n\(long)\n\(end)\n{}{}"
    let (tally, rejects) = try importing(text, into: store)
    #expect(tally.lines == 5)
    #expect(tally.accepted == 2)
    #expect(tally.rejected == 3)
    #expect(tally.bytesRead == text.utf8.count)
    #expect(rejects == "nonsense\r\n\(long)\n{}{}\n")
    #expect(try await store.completeSessions(of: Identifier("p"), limit: 9).count == 1)
}

@Test func `events older than the retention are counted and left out`() async throws {
    let store = ModelStore()
    let (tally, _) = try importing(start + "\n" + end, into: store, retention: Retention(days: 1))
    #expect(
        tally == ImportTally(lines: 2, expired: 2, bytesRead: tally.bytesRead, bytesTotal: tally.bytesTotal)
    )
    #expect(try await store.completeSessions(of: Identifier("p"), limit: 9).isEmpty)
}

@Test func `a store that fails stops the import with the line where it stood`() async throws {
    let store = ModelStore()
    await store.close()
    let failure = #expect(throws: Failure.self) { try importing(start, into: store) }
    #expect(failure?.description.contains(":1: ") == true)
}
