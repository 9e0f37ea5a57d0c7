import PlayerSessions

/// What a read of a session's row gives: every start that was received, and the latest end.
struct SessionFacts: Sendable {
    /// The starts, each once, with the version that was last received.
    private(set) var candidates: [Candidate] = []
    /// The starts whose index rows are known to be gone.
    private(set) var settled: Set<Candidate> = []
    /// The latest end in µs, where one was received.
    var end: Int64?

    /// No facts.
    init() {}

    /// Reads the columns `starts` and `end_us`.
    init(starts: Value, end: Value) {
        for entry in starts.entries {
            guard let candidate = Candidate(entry) else { continue }
            candidates.append(candidate)
            if entry.value & 1 == 1 { settled.insert(candidate) }
        }
        self.end = end.number
    }

    /// Adds a start that was written but that the read may not have seen.
    mutating func join(_ candidate: Candidate) {
        guard let index = candidates.firstIndex(where: { $0.start == candidate.start }) else {
            return candidates.append(candidate)
        }
        if candidates[index].received < candidate.received { candidates[index] = candidate }
    }

    /// Notes that a start's index row is known to be gone.
    mutating func settle(_ candidate: Candidate) { settled.insert(candidate) }

    /// The candidate that is the session's start.
    ///
    /// The starts are told again in the order in which they were received. One takes the place of another where it
    /// supersedes it, or where the other was forgotten at that time: it lay twice the retention back. So a start that
    /// was absorbed by an earlier one stays gone when the earlier one expires, and the result depends on the facts
    /// alone, not on the clock of whoever reads them.
    func winner(_ retention: Retention) -> Candidate? {
        var winner: Candidate?
        let told = candidates.sorted { left, right in
            left.received == right.received
                ? left.start.supersedes(right.start) : left.received < right.received
        }
        for candidate in told {
            let now = Timestamp(microseconds: candidate.received)
            let horizon = candidate.received == 0 ? nil : retention.horizon(at: now)
            func isForgotten(_ start: SessionRecord.Start) -> Bool {
                horizon.map { start.timestamp <= $0 } ?? false
            }
            if isForgotten(candidate.start) { continue }
            if let known = winner, !isForgotten(known.start), !candidate.start.supersedes(known.start) {
                continue
            }
            winner = candidate
        }
        return winner
    }

    /// The candidates that lost and whose index rows may still be there, in the order of their starts.
    func losers(to winner: Candidate) -> [Candidate] {
        candidates.filter { $0 != winner && !settled.contains($0) }
            .sorted { $0.start.supersedes($1.start) }
    }

    /// What queries show of the session at `now`, or `nil` where it is not complete or expired.
    func session(_ id: Identifier, _ retention: Retention, now: Timestamp) -> Session? {
        guard let start = winner(retention)?.start, let end = liveEnd(retention, now: now),
            end >= start.timestamp, retention.cutoff(at: now).map({ start.timestamp > $0 }) ?? true
        else { return nil }
        return Session(sessionID: id, country: start.country, start: start.timestamp, end: end)
    }

    /// What is remembered of the session at `now`.
    func record(_ retention: Retention, now: Timestamp) -> SessionRecord {
        var record = SessionRecord(
            start: winner(retention)?.start,
            end: end.map { Timestamp(microseconds: $0) }
        )
        if let horizon = retention.horizon(at: now) { record.forget(notAfter: horizon) }
        return record
    }

    private func liveEnd(_ retention: Retention, now: Timestamp) -> Timestamp? {
        guard let end else { return nil }
        let instant = Timestamp(microseconds: end)
        if let horizon = retention.horizon(at: now), instant <= horizon { return nil }
        return instant
    }
}
