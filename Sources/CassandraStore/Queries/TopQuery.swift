import PlayerSessions

/// A player's newest complete sessions: rows of the index by end, each checked against its session's facts.
///
/// A row may be stale, of a session whose end moved on, or of one that never started. A session is shown by what its
/// facts say, so it is missed neither where its row is stale nor where its end moves while this reads.
struct TopQuery: Sendable {
    let access: ClusterAccess
    let retention: Retention

    /// How many sessions are looked up by one statement.
    static let chunk = 100

    /// At most `limit` sessions, latest end first.
    func run(_ player: Identifier, limit: Int) async throws(ClusterError) -> [Session] {
        let now = access.surroundings.wallClock.now
        var sessions: [Session] = []
        var seen: Set<Identifier> = []
        var page: PagingState?
        for _ in 0..<ClusterAccess.maximumPages {
            let answer = try await access.run(.single(.readEnds(player), page: page))
            var fresh: [Identifier] = []
            var rest = answer.rows[...]
            while !rest.isEmpty {
                var lowest = Int64.max
                // A few rows at a time: as a rule the first ones are the answer.
                while fresh.count < max(limit + 4, 8), let row = rest.popFirst() {
                    guard let end = row[0].number, let bytes = row[1].bytes else { continue }
                    lowest = end
                    let session = Identifier(unchecked: bytes)
                    if seen.insert(session).inserted { fresh.append(session) }
                }
                sessions += try await complete(fresh, of: player, now: now)
                fresh = []
                sessions.sort { $0.precedes($1) }
                // Whatever is behind this row has all its acknowledged ends behind it.
                if sessions.count >= limit, sessions[limit - 1].end.microseconds > lowest {
                    return Array(sessions.prefix(limit))
                }
            }
            guard let next = answer.next else { return Array(sessions.prefix(limit)) }
            page = next
        }
        throw ClusterError(outcome: .notApplied, reason: "a player's ends have no end", isTransient: false)
    }

    private func complete(
        _ sessions: [Identifier],
        of player: Identifier,
        now: Timestamp
    ) async throws(ClusterError) -> [Session] {
        let chunks = stride(from: 0, to: sessions.count, by: TopQuery.chunk).map { begin in
            Array(sessions[begin..<min(begin + TopQuery.chunk, sessions.count)])
        }
        let found = try await concurrently(chunks, limit: 4) {
            [access, retention] chunk throws(ClusterError) in
            try await access.rows(.readFactsOfPlayer(player, sessions: chunk)).compactMap { row -> Session? in
                guard let bytes = row[0].bytes else { return nil }
                return SessionFacts(starts: row[1], end: row[2])
                    .session(Identifier(unchecked: bytes), retention, now: now)
            }
        }
        return Array(found.joined())
    }
}
