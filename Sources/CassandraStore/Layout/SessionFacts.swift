import PlayerSessions

/// What a read of a session's row gives: every claim of a start, what was decided of them, and the latest end.
///
/// A session may have been started many thousand times, and every event reads all of it: what is done here for an event
/// costs a few passes over the claims, and no search of each of them.
struct SessionFacts: Sendable {
    /// The claims, each once, in the order in which their starts supersede others.
    private(set) var claims: [Claim] = []
    /// What was decided, where more than one claim had to be looked at.
    private(set) var ledger: Ledger?
    /// The ledger as it is stored.
    private(set) var packedLedger: [UInt8]?
    /// The latest end in µs, where one was received.
    private(set) var end: Int64?

    /// No facts.
    init() {}

    /// Reads the columns `starts`, `end_us` and `ledger`.
    init(starts: Value, end: Value, ledger: Value = .null) {
        claims = starts.entries.compactMap { Claim($0) }
        // A map comes in nearly this order.
        claims.sort { $0.candidate.start.supersedes($1.candidate.start) }
        packedLedger = ledger.bytes
        self.ledger = packedLedger.flatMap { Ledger(packed: $0) }
        let possible = Timestamp.earliest.microseconds...Timestamp.latest.microseconds
        self.end = end.number.flatMap { possible.contains($0) ? $0 : nil }
    }

    /// Adds a claim that was written but that the read may not have seen.
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

    /// The claims of a start.
    func claims(of start: SessionRecord.Start) -> [Claim] { claims.filter { $0.candidate.start == start } }

    /// The starts, each once with the time at which it was received last, in the order in which they supersede others.
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

    /// The start that is the session's.
    ///
    /// The starts are told again in the order in which they were received. One takes the place of another where it
    /// supersedes it, or where the other was forgotten at that time: it lay twice the retention back. So a start that
    /// was absorbed by an earlier one stays gone when the earlier one expires, and the result depends on the facts
    /// alone, not on the clock of whoever reads them.
    func winner(_ retention: Retention) -> SessionRecord.Start? {
        // Where nothing is ever forgotten, their order does not matter.
        if retention.microseconds == nil { return claims.first?.candidate.start }
        var winner: SessionRecord.Start?
        // The sorting is stable, and quick where starts were received in their own order.
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

    /// What queries show of the session at `now`, or `nil` where it is not complete or expired.
    func session(_ id: Identifier, _ retention: Retention, now: Timestamp) -> Session? {
        guard let start = winner(retention), let end = liveEnd(retention, now: now),
            end >= start.timestamp, retention.cutoff(at: now).map({ start.timestamp > $0 }) ?? true
        else { return nil }
        return Session(sessionID: id, country: start.country, start: start.timestamp, end: end)
    }

    /// What is remembered of the session at `now`.
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
