import PlayerSessions

/// Finds a player's latest complete sessions: rows of the index by end, each checked against its session's facts.
///
/// A row may be stale because its session's end moved on, or belong to a session that never started. A session is
/// returned as its facts say, so neither a stale row nor an end that moves during the query hides it.
struct LatestSessionsQuery: Sendable {
    let access: ClusterAccess
    let retention: Retention

    /// How many sessions one statement reads.
    static let chunk = 256
    /// The concurrency limit of these statements.
    static let width = 4
    /// How long a query may go on reading rows, in ns: 30 seconds, well within what `StaleEnds` waits.
    static let patience: Int64 = 30_000_000_000

    /// Returns at most `limit` sessions, latest end first.
    ///
    /// A few rows are checked at first, because they usually suffice, and twice as many in each further round, up to
    /// 1,024: a player with 100,000 ends without starts costs a hundred rounds.
    ///
    /// - Throws: A transient error if that takes too long.
    func run(_ player: Identifier, limit: Int) async throws(ClusterError) -> [Session] {
        let now = access.surroundings.wallClock.now
        var rows = EndRows(access: access, player: player, cutoff: retention.cutoff(at: now))
        var sessions: [Session] = []
        var size = max(limit + 4, 8)
        while let found = try await rows.next(size) {
            sessions += try await complete(found.sessions, of: player, now: now)
            sessions.sort { $0.precedes($1) }
            // All other sessions' acknowledged ends come after this row, so none can rank higher.
            if sessions.count >= limit, found.last.isReached(by: sessions[limit - 1]) { break }
            size = min(2 * size, LatestSessionsQuery.width * LatestSessionsQuery.chunk)
        }
        return Array(sessions.prefix(limit))
    }

    private func complete(
        _ sessions: [Identifier],
        of player: Identifier,
        now: Timestamp
    ) async throws(ClusterError) -> [Session] {
        let chunks = stride(from: 0, to: sessions.count, by: LatestSessionsQuery.chunk).map { begin in
            Array(sessions[begin..<min(begin + LatestSessionsQuery.chunk, sessions.count)])
        }
        let found = try await concurrently(chunks, limit: LatestSessionsQuery.width) {
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
