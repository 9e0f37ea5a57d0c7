import PlayerSessions

/// A store under test beside the model: every request goes to both, and every response is compared.
///
/// A case also passes the expected result if the contract's words give it, so that a wrong model is noticed.
final class Trial {
    let harness: any StoreHarness
    private(set) var store: any SessionStore
    private(set) var model = Model()

    init(_ harness: any StoreHarness) async throws {
        self.harness = harness
        store = try await harness.open(retention: .forever)
    }

    var clock: ManualClock { harness.clock }

    /// Closes the store and opens it again, by default with the same retention.
    func reopen(retention: Retention? = nil) async throws {
        await store.close()
        model.retention = retention ?? model.retention
        store = try await harness.open(retention: model.retention)
        if let reason = store.unreadiness {
            throw ContractViolation("a store just opened", expected: "ready", got: reason)
        }
    }

    func settle() async throws {
        try await harness.settle()
    }

    /// Appends one batch and waits for it.
    func append(_ events: SessionEvent...) async throws {
        try await append(events)
    }

    /// Appends one batch and waits for it.
    func append(_ events: [SessionEvent]) async throws {
        let batch = EventBatch(events)
        try await store.append(batch)
        model.apply(batch, now: clock.now)
    }

    /// Appends batches from several tasks concurrently and waits for all.
    func appendConcurrently(_ batches: [EventBatch], tasks: Int) async throws {
        let store = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for index in stride(from: task, to: batches.count, by: tasks) {
                        try await store.append(batches[index])
                    }
                }
            }
            try await group.waitForAll()
        }
        for batch in batches { model.apply(batch, now: clock.now) }
    }

    /// Returns the events without those that ingestion would refuse as expired.
    func live(_ events: [SessionEvent]) -> [SessionEvent] {
        guard let cutoff = model.retention.cutoff(at: clock.now) else { return events }
        return events.filter { $0.timestamp > cutoff }
    }

    /// Compares the store's counts in a window with the model's and, if given, the expected ones.
    func expectCounts(
        _ window: TrailingWindow,
        _ expected: StartCounts? = nil,
        _ context: String = ""
    ) async throws {
        let right = model.counts(in: window, now: clock.now)
        let question = "\(context) starts in (\(window.from), \(window.until)] at \(clock.now)"
        if let expected, expected != right {
            throw ContractViolation(
                "the model is wrong: \(question)",
                expected: Trial.text(expected),
                got: Trial.text(right)
            )
        }
        let got = try await store.sessionStarts(in: window)
        if got != right {
            throw ContractViolation(question, expected: Trial.text(right), got: Trial.text(got))
        }
    }

    /// Compares a player's complete sessions with the model's and, if given, their ids with the expected ones.
    func expectTop(
        _ player: Identifier,
        limit: Int = maximumSessionsPerResponse,
        _ expected: [String]? = nil,
        _ context: String = ""
    ) async throws {
        let right = model.latestSessions(of: player, limit: limit, now: clock.now)
        let question = "\(context) top \(limit) of \(player) at \(clock.now)"
        if let expected, expected != right.map(\.sessionID.description) {
            throw ContractViolation(
                "the model is wrong: \(question)",
                expected: "\(expected)",
                got: Trial.text(right)
            )
        }
        let got = try await store.completeSessions(of: player, limit: limit)
        if got != right {
            let index = zip(got, right).prefix { $0 == $1 }.count
            throw ContractViolation(
                "\(question): \(got.count) sessions, expected \(right.count); they differ from number \(index)",
                expected: Trial.text(Array(right.dropFirst(index).prefix(3))),
                got: Trial.text(Array(got.dropFirst(index).prefix(3)))
            )
        }
    }

    /// Compares every player's complete sessions.
    func expectAllTops(limit: Int = maximumSessionsPerResponse, _ context: String = "") async throws {
        for player in model.playerIDs { try await expectTop(player, limit: limit, nil, context) }
    }

    /// Compares all that the store exports with what the model remembers; no append may be pending.
    ///
    /// With `resuming`, every batch is read by an export of its own, after the position of the one before.
    func expectExport(resuming: Bool = false, _ context: String = "") async throws {
        let question = "\(context) export at \(clock.now)"
        var got: [SessionKey: SessionRecord] = [:]
        var export = try await store.export(after: nil)
        while let batch = try await export.next() {
            var sessions: Set<SessionKey> = []
            for event in batch.events.events {
                let key = SessionKey(event.playerID, event.sessionID)
                if sessions.insert(key).inserted, got[key] != nil {
                    throw ContractViolation(question, expected: "every session once", got: "\(key) twice")
                }
                var record = got[key] ?? SessionRecord()
                let isNews =
                    if case .start(let country) = event.kind {
                        record.merge(start: .init(timestamp: event.timestamp, country: country))
                    } else { record.merge(end: event.timestamp) }
                if !isNews { throw ContractViolation(question, expected: "each fact once", got: "\(event)") }
                got[key] = record
            }
            if sessions.count != batch.sessions {
                throw ContractViolation(
                    question,
                    expected: "\(sessions.count) sessions of a batch",
                    got: "\(batch.sessions)"
                )
            }
            if resuming { export = try await store.export(after: batch.position) }
        }
        let right = model.remembered(at: clock.now)
        let keys = Set(got.keys).union(right.keys)
        if let key = keys.first(where: { got[$0] != right[$0] }) {
            throw ContractViolation(
                "\(question): \(got.count) sessions; \(key)",
                expected: right[key].map { "\($0)" } ?? "nothing",
                got: got[key].map { "\($0)" } ?? "nothing"
            )
        }
    }

    /// Runs a check now, after forced background work, and after the store was reopened.
    func everywhere(_ check: (Trial) async throws -> Void) async throws {
        try await check(self)
        try await settle()
        try await check(self)
        try await reopen()
        try await check(self)
    }

    private static func text(_ counts: StartCounts) -> String {
        let parts = counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return "[\(parts.joined(separator: ", "))]"
    }

    private static func text(_ sessions: [Session]) -> String {
        sessions.map { "\($0.sessionID) \($0.country) \($0.start) to \($0.end)" }.joined(separator: "; ")
    }
}
