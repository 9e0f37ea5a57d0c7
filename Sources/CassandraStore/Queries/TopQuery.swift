import PlayerSessions

/// A player's newest complete sessions: rows of the index by end, each checked against its session's facts.
///
/// A row may be stale, of a session whose end moved on, or of one that never started. A session is shown by what its
/// facts say, so it is missed neither where its row is stale nor where its end moves while this reads.
struct TopQuery: Sendable {
    let access: ClusterAccess
    let retention: Retention

    /// How many sessions are looked up by one statement.
    static let chunk = 256
    /// How many such statements run at a time.
    static let width = 4
    /// How long a query may go on to read rows, in ns: 30 seconds, well within what `StaleEnds` waits.
    static let patience: Int64 = 30_000_000_000

    /// At most `limit` sessions, latest end first.
    ///
    /// A few rows are looked up at first, because as a rule they are the answer, and twice as many each time that they
    /// are not: a player with 100,000 ends without starts costs a hundred rounds.
    ///
    /// - Throws: A transient error where that takes too long.
    func run(_ player: Identifier, limit: Int) async throws(ClusterError) -> [Session] {
        let now = access.surroundings.wallClock.now
        var rows = EndRows(access: access, player: player, cutoff: retention.cutoff(at: now))
        var sessions: [Session] = []
        var size = max(limit + 4, 8)
        while let found = try await rows.next(size) {
            sessions += try await complete(found.sessions, of: player, now: now)
            sessions.sort { $0.precedes($1) }
            // Whatever is behind this row has all its acknowledged ends behind it.
            if sessions.count >= limit, found.last.isReached(by: sessions[limit - 1]) { break }
            size = min(2 * size, TopQuery.width * TopQuery.chunk)
        }
        return Array(sessions.prefix(limit))
    }

    private func complete(
        _ sessions: [Identifier],
        of player: Identifier,
        now: Timestamp
    ) async throws(ClusterError) -> [Session] {
        let chunks = stride(from: 0, to: sessions.count, by: TopQuery.chunk).map { begin in
            Array(sessions[begin..<min(begin + TopQuery.chunk, sessions.count)])
        }
        let found = try await concurrently(chunks, limit: TopQuery.width) {
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
