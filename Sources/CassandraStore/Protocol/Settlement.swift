import PlayerSessions

/// Settles a session with more than one claim: its start counts once, and nothing else of it.
///
/// What counts is certain once the generations of the claims are flushed, or if an entry is in the log. A change is
/// decided in the session's ledger, on the condition of the ledger's former value, and then logged. See
/// docs/decisions/0033.
struct Settlement: Sendable {
    let writer: SessionWriter
    let key: SessionKey
    /// The start of the request, which is at quorum.
    let own: SessionRecord.Start?
    /// The claim of the request, if it has not logged what it claims, and will not.
    let unlogged: Claim?

    /// Whether entries that the session's ledger calls sure may be gone, because tables were set back.
    var isDoubted = false

    /// How long a settlement waits for what others may still log, in ns.
    ///
    /// Longer than it takes to flush a generation whose process died; a batch's own limit may be shorter.
    static let patience: Int64 = 25 * 1_000_000_000
    /// How long it waits, in ns, before it checks that what it waits for makes progress.
    private static let attention: Int64 = 2 * 1_000_000_000
    /// How many entries are looked up concurrently.
    static let width = 16
    /// The mean pause between two attempts, in ns.
    private static let pause: Int64 = 200_000_000

    var access: ClusterAccess { writer.access }
    var rules: ProtocolRules { writer.rules }

    /// Returns whether the facts leave something to do.
    func isNeeded(_ facts: SessionFacts) -> Bool {
        guard let winner = facts.winner(writer.lifetime.retention), !isForgotten(winner) else { return false }
        if isDoubted { return true }
        if let ledger = facts.ledger { return !ledger.isSettled(on: winner) || outlasts(facts, winner) }
        // A start that was claimed and perhaps not logged is left to the request that sends it again.
        return own != nil || !facts.hasOneStart
    }

    /// Returns whether a start is forgotten: what was flushed with it may be gone.
    private func isForgotten(_ start: SessionRecord.Start) -> Bool {
        let horizon = writer.lifetime.retention.horizon(at: access.surroundings.wallClock.now)
        return horizon.map { start.timestamp <= $0 } ?? false
    }

    /// Returns whether this process keeps the winner for longer than a claim does, and so must write it again.
    private func outlasts(_ facts: SessionFacts, _ winner: SessionRecord.Start) -> Bool {
        guard own != nil else { return false }
        return facts.claims(of: winner).contains { writer.lifetime.outlasts(keptDays: $0.keptDays) }
    }

    /// Returns when the session counts as its facts say.
    func run(_ known: SessionFacts) async throws(ClusterError) {
        let begin = access.surroundings.elapsed()
        if try await isLogged(known) { return }
        while true {
            let waiting: [Int64: Int64]
            switch try await attempt() {
            case .done: return
            case .again: waiting = [:]
            case .waitsFor(let generations): waiting = generations
            }
            if access.surroundings.elapsed() - begin > Settlement.patience {
                throw ClusterError(
                    outcome: .unknown,
                    reason: "another request for the session has not come to its end"
                )
            }
            // Once a generation is flushed, it is known what others logged there.
            for (bucket, generation) in waiting.sorted(by: { $0.key < $1.key }) {
                if access.surroundings.elapsed() - begin > Settlement.attention {
                    try await writer.registrar.attend(bucket, to: generation)
                }
                _ = try await writer.flusher.flush(bucket)
            }
            await access.surroundings.pause(about: Settlement.pause)
        }
    }

    /// The outcome of one attempt.
    private enum Outcome {
        /// The session is in order.
        case done
        /// Another request was faster, or the outcome is not certain.
        case again
        /// Something may still be logged in generations of these months, the highest of each.
        case waitsFor([Int64: Int64])
    }

    /// Returns whether no ledger is needed: all claims are of one start, and one of them is logged.
    private func isLogged(_ facts: SessionFacts) async throws(ClusterError) -> Bool {
        guard facts.ledger == nil, facts.hasOneStart, let winner = facts.winner(writer.lifetime.retention),
            !outlasts(facts, winner)
        else { return false }
        let places = Set(facts.claims.filter { $0 != unlogged }.map(\.place))
        let standings = try await concurrently(Array(places), limit: Settlement.width) {
            place throws(ClusterError) in
            try await standing(of: LogEntry(key: key, start: winner, place: place))
        }
        return standings.contains { if case .counts = $0 { true } else { false } }
    }

    /// Makes one attempt.
    private func attempt() async throws(ClusterError) -> Outcome {
        let facts = try await confirmedFacts()
        guard let winner = facts.winner(writer.lifetime.retention) else { return .done }
        if let ledger = facts.ledger, ledger.isSettled(on: winner), !outlasts(facts, winner), !isDoubted {
            return .done
        }
        let counted: [SessionRecord.Start: Count]
        switch try await self.counted(facts) {
        case .sure(let known): counted = known
        case .open(let generations): return .waitsFor(generations)
        }
        let wrong = Set(counted.keys).union([winner]).filter {
            counted[$0, default: Count()].total != ($0 == winner ? 1 : 0)
        }
        let isDone =
            wrong.isEmpty
            ? try await note(winner, at: counted[winner]?.place, facts)
            : try await correct(wrong.sorted { $0.supersedes($1) }, winner, counted, facts)
        return isDone ? .done : .again
    }

    /// Returns the facts, with the winner at quorum.
    ///
    /// What was read may be on one replica only and missing from the next read. A session must not be moved to such a
    /// start: lists would show another one.
    private func confirmedFacts() async throws(ClusterError) -> SessionFacts {
        let facts = try await writer.readFacts(key)
        guard let winner = facts.winner(writer.lifetime.retention), winner != own, rules.claimsAgain else {
            return facts
        }
        let now = access.surroundings.wallClock.now.microseconds
        let claims = facts.claims(of: winner)
        if var claim = claims.first(where: { !writer.lifetime.outlasts(keptDays: $0.keptDays) })
            ?? claims.first
        {
            if writer.lifetime.outlasts(keptDays: claim.keptDays) {
                // It must last as long as what this process writes. At equal timestamps Cassandra keeps the cell that
                // expires, so this is another cell.
                claim.request = writer.requests.next()
                claim.keptDays = min(writer.lifetime.keptDays, Claim.maximumKeptDays)
            }
            try await writer.write(claim, of: key, now: now)
        }
        return facts
    }

    // What is decided

    /// Notes in the ledger that only this start counts, so that later requests need not look; returns whether that is
    /// decided.
    private func note(
        _ winner: SessionRecord.Start,
        at place: Place?,
        _ facts: SessionFacts
    ) async throws(ClusterError) -> Bool {
        let place = place ?? Settlement.nowhere
        if outlasts(facts, winner) { try await lengthen(LogEntry(key: key, start: winner, place: place)) }
        let entry = Ledger.Entry(start: winner, change: 1, place: place, isSure: true)
        return try await decide(Ledger([entry]), facts)
    }

    /// The unknown place of a start that is known to count.
    private static let nowhere = Place(generation: 0, process: ProcessID(number: 0))

    /// Decides and logs what makes the winner count once and nothing else count.
    private func correct(
        _ wrong: [SessionRecord.Start],
        _ winner: SessionRecord.Start,
        _ counted: [SessionRecord.Start: Count],
        _ facts: SessionFacts
    ) async throws(ClusterError) -> Bool {
        var tickets: [Registrar.Ticket] = []
        defer { tickets.forEach(writer.registrar.leave) }
        var entries: [Ledger.Entry] = []
        for (start, count) in counted.sorted(by: { $0.key.supersedes($1.key) }) where count.total != 0 {
            let place = count.place ?? Settlement.nowhere
            let change = count.total > 0 ? 1 : -1
            entries.append(Ledger.Entry(start: start, change: change, place: place, isSure: true))
        }
        var changes: [LogEntry] = []
        for start in wrong {
            let ticket = try await writer.registrar.enter(start.bucket)
            tickets.append(ticket)
            let change = (start == winner ? 1 : 0) > counted[start, default: Count()].total ? 1 : -1
            entries.append(Ledger.Entry(start: start, change: change, place: ticket.place, isSure: false))
            changes.append(LogEntry(key: key, start: start, change: change, place: ticket.place))
        }
        guard try await decide(Ledger(entries), facts) else { return false }
        try await log(changes)
        return tickets.allSatisfy(writer.registrar.isStanding)
    }

    /// Logs what was decided, so that the session is never missing.
    ///
    /// Changes to one partition, as of one month, are one write; otherwise what counts from now on comes first.
    private func log(_ changes: [LogEntry]) async throws(ClusterError) {
        let partitions = Set(changes.map { Partition(bucket: $0.start.bucket, place: $0.place) })
        if partitions.count == 1 { return try await access.write(.unloggedBatch, changes.map { .log($0) }) }
        for change in changes.sorted(by: { $0.change > $1.change }) { try await access.write(.log(change)) }
    }

    /// A partition of the log.
    private struct Partition: Hashable {
        var bucket: Int64
        var place: Place
    }

    /// Sets the ledger if it is still that of the facts, and returns whether it is known to be set.
    private func decide(_ ledger: Ledger, _ facts: SessionFacts) async throws(ClusterError) -> Bool {
        let now = access.surroundings.wallClock.now.microseconds
        let latest = facts.claims.map(\.candidate.start.instant).max() ?? now
        // The ledger stays as long as any of the claims that it covers.
        let kept = facts.claims.map(\.keptDays).reduce(writer.lifetime.keptDays, Lifetime.longer)
        let ttl = writer.lifetime.forKept(days: kept).facts(latest, now: now)
        if !rules.decidesLedgers {
            try await access.write(.overwriteLedger(key, to: ledger.packed, ttl: ttl))
            return true
        }
        let statement = Statement.setLedger(key, from: facts.packedLedger, to: ledger.packed, ttl: ttl)
        do throws(ClusterError) {
            return try await access.run(Request(kind: .conditionalBatch, statements: [statement])).isApplied
        } catch {
            // It may have been applied, or be applied later. The next decision for the session completes it first, and
            // then fails if its condition is the former ledger.
            guard error.isTransient else { throw error }
            return false
        }
    }

    /// Writes what was flushed with a start again, so that it stays for as long as what is received now.
    ///
    /// What is not flushed yet is kept for as long by its flush, because this process is registered.
    private func lengthen(_ entry: LogEntry) async throws(ClusterError) {
        let reader = MonthReader(access: access, bucket: entry.start.bucket)
        let state = try await reader.stateSerially()
        guard entry.place.generation <= state.flushed ?? .min else { return }
        // Otherwise the last flush would be entered later, with a shorter TTL.
        try await writer.flusher.finishFormer(reader, state)
        guard let row = try await access.rows(.readFlushedEntries(entry.row)).first,
            let starts = MinuteStarts(starts: row[0].bytes ?? [], digests: row[1].bytes ?? [])
        else { return }
        let now = access.surroundings.wallClock.now.microseconds
        let ttl = writer.lifetime.flushed(entry.start.instant, now: now)
        try await access.write(.insertFlushed(entry.row, starts, ttl, now: now))
    }
}
