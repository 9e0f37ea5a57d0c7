import Foundation
import PlayerSessions
import SessionStoreTesting
import Synchronization
import Testing

@testable import player_sessions

private let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_123_456))

/// A store with the sessions of so many players, and all its events.
private func filledStore(sessions: Int) async throws -> ModelStore {
    let store = ModelStore(clock: clock.wallClock)
    let country = try #require(CountryCode("FI"))
    let events = try (0..<sessions).flatMap { number in
        let player = try Identifier("p\(number % 5)")
        let session = try Identifier("s\(number)")
        let at = Timestamp(microseconds: clock.now.microseconds - Int64(number))
        return [
            SessionEvent(.start(country), playerID: player, sessionID: session, timestamp: at),
            SessionEvent(.end, playerID: player, sessionID: session, timestamp: clock.now),
        ]
    }
    try await store.append(EventBatch(events))
    return store
}

private func contents(_ store: any SessionStore) async throws -> Set<SessionEvent> {
    let export = try await store.export(after: nil)
    var events: Set<SessionEvent> = []
    while let batch = try await export.next() { events.formUnion(batch.events.events) }
    return events
}

@Test func `a copy has all of the source and what the target had`() async throws {
    let source = try await filledStore(sessions: 1_234)
    let target = ModelStore(clock: clock.wallClock)
    let own = try SessionEvent(
        .end,
        playerID: Identifier("q"),
        sessionID: Identifier("own"),
        timestamp: clock.now
    )
    try await target.append(EventBatch([own]))
    let positions = Mutex<[CopyTally]>([])
    let copier = Copier(source: source, target: target, policy: .forTests) { tally, _ in
        positions.withLock { $0.append(tally) }
    }
    try await copier.run(after: nil)
    #expect(try await contents(target) == contents(source).union([own]))
    let tallies = positions.withLock { $0 }
    #expect(tallies.last == CopyTally(sessions: 1_234, events: 2_468, share: 1))
    #expect(tallies.map(\.sessions) == tallies.map(\.sessions).sorted())
}

@Test func `a copy that is stopped anywhere goes on from its position`() async throws {
    let source = try await filledStore(sessions: 1_000)
    for stretches in 1...9 {
        let target = ModelStore(clock: clock.wallClock)
        let reached = Mutex<(count: Int, position: ExportPosition?)>((0, nil))
        let first = Copier(source: source, target: target, policy: .forTests) {
            (_, position) throws(Failure) in
            let count = reached.withLock { reached in
                reached = (reached.count + 1, position)
                return reached.count
            }
            if count == stretches { throw Failure("stopped") }
        }
        await #expect(throws: Failure.self) { try await first.run(after: nil) }
        let position = try #require(reached.withLock { $0.position })
        let second = ModelStore(clock: clock.wallClock)
        try await Copier(source: source, target: second, policy: .forTests) { _, _ in }.run(
            after: position
        )
        // What lies before the position is in the first target, whatever else is.
        let both = try await contents(target).union(contents(second))
        #expect(try await both == contents(source))
        #expect(try await contents(second).count == 2 * (1_000 - 100 * stretches))
    }
}

@Test func `a copy goes on where the target is overloaded for a while, and fails where it stays so`()
    async throws
{
    let source = try await filledStore(sessions: 500)
    let busy = BusyStore(refusals: 9)
    try await Copier(source: source, target: busy, policy: .forTests) { _, _ in }.run(after: nil)
    #expect(try await contents(busy) == contents(source))
    let stuck = BusyStore(refusals: .max)
    await #expect(throws: SessionStoreError.self) {
        try await Copier(source: source, target: stuck, policy: RetryPolicy(patience: .milliseconds(300))) {
            _,
            _ in
        }
        .run(after: nil)
    }
}

/// An export that fails a few times in front of each batch from some place on.
private final class FailingExport: SessionExport {
    private let export: any SessionExport
    private let kind: SessionStoreError.Kind
    private let times: Int
    private let state: Mutex<(stretchesBefore: Int, failures: Int)>

    init(_ export: any SessionExport, _ kind: SessionStoreError.Kind, times: Int, after stretches: Int) {
        (self.export, self.kind, self.times) = (export, kind, times)
        state = Mutex((stretches, 0))
    }

    func next() async throws(SessionStoreError) -> ExportedEvents? {
        let fails = state.withLock { state in
            if state.stretchesBefore > 0 {
                state.stretchesBefore -= 1
                return false
            }
            state.failures = state.failures < times ? state.failures + 1 : 0
            return state.failures > 0
        }
        if fails { throw SessionStoreError(kind, operation: "export", reason: "no answer") }
        return try await export.next()
    }
}

/// A store whose exports fail.
private final class FailingSource: StoreBefore {
    let store: ModelStore
    private let wrap: @Sendable (any SessionExport) -> FailingExport

    init(_ store: ModelStore, _ wrap: @escaping @Sendable (any SessionExport) -> FailingExport) {
        (self.store, self.wrap) = (store, wrap)
    }

    func export(after position: ExportPosition?) async throws(SessionStoreError) -> any SessionExport {
        wrap(try await store.export(after: position))
    }
}

@Test func `a copy goes on where the source does not answer for a while`() async throws {
    let source = try await filledStore(sessions: 500)
    let failing = FailingSource(source) { FailingExport($0, .overloaded, times: 2, after: 1) }
    let target = ModelStore(clock: clock.wallClock)
    try await Copier(source: failing, target: target, policy: .forTests) { _, _ in }.run(after: nil)
    #expect(try await contents(target) == contents(source))
}

@Test(arguments: [SessionStoreError.Kind.overloaded, .failed])
func `a copy whose source fails keeps what it has read`(_ kind: SessionStoreError.Kind) async throws {
    let source = try await filledStore(sessions: 500)
    let failing = FailingSource(source) { FailingExport($0, kind, times: .max, after: 2) }
    let target = ModelStore(clock: clock.wallClock)
    let sessions = Mutex(0)
    let copier = Copier(
        source: failing,
        target: target,
        policy: RetryPolicy(patience: .milliseconds(300))
    ) { tally, _ in
        sessions.withLock { $0 = tally.sessions }
    }
    let error = await #expect(throws: SessionStoreError.self) { try await copier.run(after: nil) }
    #expect(error?.kind == kind)
    let told = sessions.withLock { $0 }
    #expect(told == 200)
    #expect(try await contents(target).count == 400)
}

@Test func `a position is kept as a whole and told from another copy's`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let position = ExportPosition(bytes: [0, 255, 16, 1])
    #expect(try CopyPosition.read(path, from: "a", to: "b") == nil)
    try CopyPosition(from: "a", to: "b", position: position).write(path)
    #expect(try CopyPosition.read(path, from: "a", to: "b") == position)
    for (from, to) in [("a", "c"), ("b", "a")] {
        let failure = #expect(throws: Failure.self) { try CopyPosition.read(path, from: from, to: to) }
        #expect(failure?.description.contains("from a to b") == true)
    }
    for text in [
        "", "{}", #"{"from": "a", "to": "b", "position": "0"}"#,
        #"{"from": "a", "to": "b", "position": "zz"}"#,
    ] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let failure = #expect(throws: Failure.self) { try CopyPosition.read(path, from: "a", to: "b") }
        #expect(failure?.description.contains(path) == true)
    }
}
