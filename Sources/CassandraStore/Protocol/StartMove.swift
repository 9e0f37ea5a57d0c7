import PlayerSessions

/// Moves a session's index row to the earliest of several starts.
struct StartMove: Sendable {
    let writer: SessionWriter
    let key: SessionKey
    /// The start of this request, which it has written itself.
    let own: Candidate?

    /// The most losers of one batch: each is named in the marker of each, and a batch has to stay below 50 KB.
    static let maximumLosers = 24
    /// How often the minimum may change under a request before it gives up: others make progress each time.
    static let maximumRounds = 64

    /// Moves the row and settles the losers; gives the facts as they are now known.
    func run(_ known: SessionFacts) async throws(ClusterError) -> SessionFacts {
        var facts = known
        guard let minimum = try await confirm(&facts) else { return facts }
        let losers = Array(facts.losers(to: minimum).prefix(StartMove.maximumLosers))
        if losers.isEmpty { return facts }
        try await write(Change(key, winner: minimum, losers: losers))
        for loser in losers { facts.settle(loser) }
        return facts
    }

    /// Sees to it that the minimum is on a quorum and that nothing below it was there before; gives the minimum.
    ///
    /// What was read may be on one replica and vanish from the next read. A row of such a start must not be: nobody
    /// who moves the session later would know to delete it.
    private func confirm(_ facts: inout SessionFacts) async throws(ClusterError) -> Candidate? {
        let (lifetime, rules) = (writer.lifetime, writer.rules)
        var confirmed: Set<Candidate> = own.map { [$0] } ?? []
        for _ in 0..<StartMove.maximumRounds {
            guard let minimum = facts.winner(lifetime.retention) else { return nil }
            if !rules.addsMinimumAgain || !rules.addsMinimumBeforeBatch || confirmed.contains(minimum) {
                return minimum
            }
            try await writer.addAgain(key, minimum)
            confirmed.insert(minimum)
            if !rules.readsAfterAdding { return minimum }
            var again = try await writer.readFacts(key)
            again.join(facts)
            facts = again
        }
        throw ClusterError(outcome: .notApplied, reason: "the session's start moves too often")
    }

    private func write(_ change: Change) async throws(ClusterError) {
        let (access, lifetime, rules) = (writer.access, writer.lifetime, writer.rules)
        let now = access.surroundings.wallClock.now.microseconds
        try await writer.buckets.register(spans: change.spans)
        var statements = change.statements(lifetime, now: now)
        if !rules.insertsRowsOfOthers, change.winner != own { statements.removeFirst() }
        if !rules.deletesOwnLosingRow, let own { statements.removeAll { $0 == .deleteStart(key, own) } }
        if rules.addsMinimumAgain, !rules.addsMinimumBeforeBatch {
            let ttl = lifetime.facts(change.winner.instant, now: now)
            statements.append(.addStart(key, change.winner, ttl: ttl))
        }
        if rules.marksMoves {
            let marker = Marker(id: access.surroundings.markerID(), purpose: .change(change))
            statements += change.spans.map { .insertMarker(span: $0, marker) }
        }
        let settlements = change.losers.map { loser in
            Statement.settleStart(key, loser, ttl: lifetime.facts(loser.instant, now: now))
        }
        if !rules.settlesAfterMove { statements += settlements }
        try await access.write(rules.logsMoves ? .loggedBatch : .unloggedBatch, statements)
        if rules.settlesAfterMove {
            // Writes of one partition: one mutation.
            try await access.write(.unloggedBatch, settlements)
        }
    }
}
