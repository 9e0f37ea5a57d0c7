extension SessionWriter {
    /// Brings what became of a session's moves to a quorum: what of them is still on its way changes nothing then.
    ///
    /// A change names the winner of its time. If the facts know a better start by now, the row of that winner was deleted
    /// since, perhaps so long ago that its tombstone was purged: inserted again, it would count for good. So the facts
    /// decide, and a move to the better start that somebody left half done is done here.
    func writeAgain(_ changes: [Change], of key: SessionKey) async throws(ClusterError) {
        let now = access.surroundings.wallClock.now.microseconds
        guard rules.asksFactsOfChanges else {
            return try await writeEach(changes.flatMap { $0.statements(lifetime, now: now) })
        }
        let facts = try await readFacts(key)
        let winner = facts.winner(lifetime.retention)
        // Other processes may have another retention: a winner that is one to them stays.
        let winners = [winner, facts.winner(.forever)].compactMap { $0?.start }
        let current = changes.filter { winners.contains($0.winner.start) }
        let stale = changes.filter { !winners.contains($0.winner.start) }
        let losers = Set(stale.flatMap(\.losers)).filter { !winners.contains($0.start) }
        try await writeEach(
            current.flatMap { $0.statements(lifetime, now: now) }
                + losers.sorted { $0.instant < $1.instant }.map { .deleteStart(key, $0) }
        )
        if !stale.isEmpty { try await settle(key, facts, own: nil, lease: nil) }
    }

    private func writeEach(_ statements: [Statement]) async throws(ClusterError) {
        _ = try await concurrently(statements, limit: Roller.width) {
            [access] statement throws(ClusterError) in
            try await access.write(statement)
        }
    }
}
