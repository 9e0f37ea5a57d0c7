import PlayerSessions

/// What a session's row holds: every claim of a start, what was decided about them, and the latest end.
///
/// A session may have been started many thousand times, and every event reads all of it, so an event costs a few passes
/// over the claims and never a search for each of them.
struct SessionFacts: Sendable {
    /// The distinct claims, ordered so that their starts supersede later ones.
    private(set) var claims: [Claim] = []
    /// What was decided, if more than one claim had to be considered.
    private(set) var ledger: Ledger?
    /// The ledger as it is stored.
    private(set) var packedLedger: [UInt8]?
    /// The latest end in µs, if one was received.
    private(set) var end: Int64?

    init() {}

    /// Reads the columns `starts`, `end_us` and `ledger`.
    init(starts: Value, end: Value, ledger: Value = .null) {
        claims = starts.entries.compactMap { Claim($0) }
        // A map arrives nearly in this order.
        claims.sort { $0.candidate.start.supersedes($1.candidate.start) }
        packedLedger = ledger.bytes
        self.ledger = packedLedger.flatMap { Ledger(packed: $0) }
        let possible = Timestamp.earliest.microseconds...Timestamp.latest.microseconds
        self.end = end.number.flatMap { possible.contains($0) ? $0 : nil }
    }

    /// Adds a claim that was written but that the read may have missed.
    mutating func join(_ claim: Claim) {
        if claims.contains(claim) { return }
        let place = claims.firstIndex { claim.candidate.start.supersedes($0.candidate.start) }
        claims.insert(claim, at: place ?? claims.count)
    }

    /// Whether all claims are of one start.
    var hasOneStart: Bool {
        guard let first = claims.first else { return false }
        return claims.last?.candidate.start == first.candidate.start
    }

    func claims(of start: SessionRecord.Start) -> [Claim] { claims.filter { $0.candidate.start == start } }

    /// The distinct starts, each with the time at which it was last received, ordered so that they supersede later
    /// ones.
    private var candidates: [Candidate] {
        var candidates: [Candidate] = []
        for claim in claims {
            if let last = candidates.last, last.start == claim.candidate.start {
                candidates[candidates.count - 1].received = max(last.received, claim.candidate.received)
            } else {
                candidates.append(claim.candidate)
            }
        }
        return candidates
    }

    /// Returns the session's start.
    ///
    /// The starts are replayed in the order in which they were received. One replaces another if it supersedes it, or
    /// if the other was forgotten at that time: it lay twice the retention back. So a start that an earlier one
    /// absorbed stays gone when the earlier one expires, and the result depends on the facts alone, not on a reader's
    /// clock.
    func winner(_ retention: Retention) -> SessionRecord.Start? {
        // If nothing is ever forgotten, their order does not matter.
        if retention.microseconds == nil { return claims.first?.candidate.start }
        var winner: SessionRecord.Start?
        // The sort is stable, and fast if the starts were received in their own order.
        for candidate in candidates.sorted(by: { $0.received < $1.received }) {
            let now = Timestamp(microseconds: candidate.received)
            let horizon = candidate.received == 0 ? nil : retention.horizon(at: now)
            func isForgotten(_ start: SessionRecord.Start) -> Bool {
                horizon.map { start.timestamp <= $0 } ?? false
            }
            if isForgotten(candidate.start) { continue }
            if let known = winner, !isForgotten(known), !candidate.start.supersedes(known) { continue }
            winner = candidate.start
        }
        return winner
    }

    /// Returns what queries show of the session at `now`; `nil` if it is incomplete or expired.
    func session(_ id: Identifier, _ retention: Retention, now: Timestamp) -> Session? {
        guard let start = winner(retention), let end = liveEnd(retention, now: now),
            end >= start.timestamp, retention.cutoff(at: now).map({ start.timestamp > $0 }) ?? true
        else { return nil }
        return Session(sessionID: id, country: start.country, start: start.timestamp, end: end)
    }

    /// Returns what is remembered of the session at `now`.
    func record(_ retention: Retention, now: Timestamp) -> SessionRecord {
        var record = SessionRecord(
            start: winner(retention),
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
