import PlayerSessions

/// What a read of a session's row gives: every start that was received, and the latest end.
///
/// A session may have been started many thousand times, and every event reads all of it: what is done here for an event
/// costs a few passes over the starts, and no search of each of them.
struct SessionFacts: Sendable {
    private struct Fact {
        var candidate: Candidate
        /// Whether its index row is known to be gone.
        var isSettled = false
    }

    /// The starts, each once, with the version that was last received, in the order in which they supersede others.
    private var facts: [Fact] = []
    /// The latest end in µs, where one was received.
    var end: Int64?

    /// No facts.
    init() {}

    /// Reads the columns `starts` and `end_us`.
    init(starts: Value, end: Value) {
        facts = starts.entries.compactMap { entry in
            Candidate(entry).map { Fact(candidate: $0, isSettled: entry.value & 1 == 1) }
        }
        // A map comes in nearly this order.
        facts.sort { $0.candidate.start.supersedes($1.candidate.start) }
        let possible = Timestamp.earliest.microseconds...Timestamp.latest.microseconds
        self.end = end.number.flatMap { possible.contains($0) ? $0 : nil }
    }

    /// The starts.
    var candidates: [Candidate] { facts.map(\.candidate) }

    /// Adds a start that was written but that the read may not have seen.
    mutating func join(_ candidate: Candidate) {
        let place = place(of: candidate.start)
        if place == facts.count || facts[place].candidate.start != candidate.start {
            facts.insert(Fact(candidate: candidate), at: place)
        } else if facts[place].candidate.received < candidate.received {
            facts[place] = Fact(candidate: candidate)
        }
    }

    /// Adds all that another read has seen of the starts.
    mutating func join(_ other: SessionFacts) {
        var all: [Fact] = []
        all.reserveCapacity(max(facts.count, other.facts.count))
        var rest = other.facts[...]
        for fact in facts {
            while let first = rest.first, first.candidate.start.supersedes(fact.candidate.start) {
                all.append(first)
                rest.removeFirst()
            }
            guard let twin = rest.first, twin.candidate.start == fact.candidate.start else {
                all.append(fact)
                continue
            }
            rest.removeFirst()
            var joined = fact.candidate.received < twin.candidate.received ? twin : fact
            if fact.candidate == twin.candidate { joined.isSettled = fact.isSettled || twin.isSettled }
            all.append(joined)
        }
        facts = all + rest
    }

    /// Notes that a start's index row is known to be gone.
    mutating func settle(_ candidate: Candidate) {
        let place = place(of: candidate.start)
        if place < facts.count, facts[place].candidate == candidate { facts[place].isSettled = true }
    }

    /// Where a start is, or would be.
    private func place(of start: SessionRecord.Start) -> Int {
        var (low, high) = (0, facts.count)
        while low < high {
            let middle = (low + high) / 2
            if facts[middle].candidate.start.supersedes(start) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The candidate that is the session's start.
    ///
    /// The starts are told again in the order in which they were received. One takes the place of another where it
    /// supersedes it, or where the other was forgotten at that time: it lay twice the retention back. So a start that
    /// was absorbed by an earlier one stays gone when the earlier one expires, and the result depends on the facts
    /// alone, not on the clock of whoever reads them.
    func winner(_ retention: Retention) -> Candidate? {
        // Where nothing is ever forgotten, their order does not matter.
        if retention.microseconds == nil { return facts.first?.candidate }
        var winner: Candidate?
        // The sorting is stable, and quick where starts were received in their own order.
        for candidate in candidates.sorted(by: { $0.received < $1.received }) {
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
        facts.lazy.filter { !$0.isSettled && $0.candidate != winner }.map(\.candidate)
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
