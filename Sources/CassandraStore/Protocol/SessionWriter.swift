import PlayerSessions
import Synchronization

/// Stores what a batch says of one session, by the protocol of docs/decisions/0033.
///
/// Every step can fail or be the last of this process. A later request for the session repairs whatever that leaves.
struct SessionWriter: Sendable {
    private(set) var access: ClusterAccess
    let rules: ProtocolRules
    let lifetime: Lifetime
    let registrar: Registrar
    private(set) var flusher: Flusher
    let staleEnds: StaleEnds
    let requests: RequestNumbers

    /// How far from the present, in µs, a start must be to be looked up before it is claimed.
    ///
    /// Otherwise a client that sends the same start for days would keep adding claims.
    static let lateFrom: Int64 = Microseconds.perMinute

    /// Returns a writer for a batch that begins now, all of whose requests have one deadline.
    func bounded(events: Int) -> SessionWriter {
        var writer = self
        writer.access = access.bounded(events: events)
        writer.flusher.access = writer.access
        return writer
    }

    /// Returns when the change is durable and every later query sees it.
    ///
    /// `now`, in µs, is when the change was received and found not to be forgotten.
    func store(_ change: SessionChange, now: Int64) async throws(ClusterError) {
        guard let start = change.start else {
            let facts = try await readFacts(storing: change, now: now)
            return try await settle(change.key, facts, own: nil, unlogged: nil)
        }
        if try await isKnown(start, of: change.key, now: now) {
            let facts = try await readFacts(storing: change, now: now)
            return try await settle(change.key, facts, own: start, unlogged: nil)
        }
        let ticket = try await registrar.enter(start.bucket)
        let telling: Telling
        do throws(ClusterError) {
            telling = try await tell(start, change, ticket, now: now)
        } catch {
            registrar.leave(ticket)
            throw error
        }
        registrar.leave(ticket)
        switch telling {
        case .done: return
        case .lapsed(let facts): try await settle(change.key, facts, own: start, unlogged: nil)
        case .notAlone(let facts, let claim): try await settle(change.key, facts, own: start, unlogged: claim)
        }
    }

    /// The outcome of claiming a start.
    private enum Telling {
        /// It is logged and certain to be flushed.
        case done
        /// It is logged, but its generation may have been flushed before.
        case lapsed(SessionFacts)
        /// There are other claims, or a ledger, so it was not logged.
        case notAlone(SessionFacts, Claim)
    }

    /// Claims a start, and logs it if the claim is alone.
    private func tell(
        _ start: SessionRecord.Start,
        _ change: SessionChange,
        _ ticket: Registrar.Ticket,
        now: Int64
    ) async throws(ClusterError) -> Telling {
        let claim = claim(start, ticket.place, now: now)
        let entry = LogEntry(key: change.key, start: start, place: ticket.place)
        var early: SessionFacts?
        if !rules.readsAfterClaim { early = try await readFacts(change.key) }
        if !rules.logsAfterClaim { try await access.write(.log(entry)) }
        try await write(claim, of: change.key, now: now)
        var facts = try await readFacts(storing: change, now: now)
        if let early { facts = early }
        facts.join(claim)
        guard facts.claims.count == 1, facts.packedLedger == nil else {
            return rules.logsAfterClaim ? .notAlone(facts, claim) : .lapsed(facts)
        }
        if rules.logsAfterClaim { try await access.write(.log(entry)) }
        return registrar.isStanding(ticket) ? .done : .lapsed(facts)
    }

    /// Returns whether a start that is not recent was received before.
    ///
    /// If so, its claim is written again and is at quorum: with a retention, a start counts from when it was last
    /// received. A claim that this process would keep for longer is not enough: what was flushed with it expires as
    /// early.
    private func isKnown(
        _ start: SessionRecord.Start,
        of key: SessionKey,
        now: Int64
    ) async throws(ClusterError) -> Bool {
        guard abs(now - start.instant) >= SessionWriter.lateFrom else { return false }
        let claims = try await readFacts(key).claims(of: start)
        guard var known = claims.first(where: { !lifetime.outlasts(keptDays: $0.keptDays) }) else {
            return false
        }
        if lifetime.retention.microseconds != nil {
            known.candidate.received = max(known.candidate.received, now)
        }
        try await write(known, of: key, now: now)
        return true
    }

    /// Returns a claim of this request.
    private func claim(_ start: SessionRecord.Start, _ place: Place, now: Int64) -> Claim {
        Claim(
            Candidate(start, received: lifetime.retention.microseconds == nil ? 0 : now),
            place: place,
            request: requests.next(),
            keptDays: lifetime.keptDays
        )
    }

    /// Writes a claim to a quorum, to stay for as long as the process that made it keeps sessions.
    func write(_ claim: Claim, of key: SessionKey, now: Int64) async throws(ClusterError) {
        let ttl = lifetime.forKept(days: claim.keptDays).facts(claim.candidate.start.instant, now: now)
        try await access.write(.addClaim(key, claim, ttl: ttl))
    }

    // Facts and ends

    /// Returns the facts, and writes the end of the change meanwhile.
    private func readFacts(
        storing change: SessionChange,
        now: Int64
    ) async throws(ClusterError) -> SessionFacts {
        guard let end = change.end else { return try await readFacts(change.key) }
        async let reading = Result { () async throws(ClusterError) in try await readFacts(change.key) }
        try await writeEnd(change.key, end, now: now)
        let facts = try await reading.get()
        try await tidyEnds(change.key, own: end, known: facts.end, now: now)
        return facts
    }

    /// Returns the facts of a session, empty if it has no row.
    func readFacts(_ key: SessionKey) async throws(ClusterError) -> SessionFacts {
        let row = try await access.rows(.readFacts(key)).first
        return row.map { SessionFacts(starts: $0[0], end: $0[1], ledger: $0[2]) } ?? SessionFacts()
    }

    /// Writes an end and its row in the player's index, which are one mutation of the player's partition.
    private func writeEnd(_ key: SessionKey, _ end: Int64, now: Int64) async throws(ClusterError) {
        try await access.write(
            .unloggedBatch,
            [
                .setEnd(key, end: end, ttl: lifetime.facts(end, now: now)),
                .insertEnd(key, end: end, ttl: lifetime.index(end, now: now)),
            ]
        )
    }

    /// Queues the row of the earlier of two ends for removal, once the later end is at quorum.
    private func tidyEnds(
        _ key: SessionKey,
        own: Int64,
        known: Int64?,
        now: Int64
    ) async throws(ClusterError) {
        guard let known, known != own else { return }
        // The end that was read may be on one replica only.
        if known > own, rules.confirmsLaterEnd { try await writeEnd(key, known, now: now) }
        staleEnds.add(key, end: min(own, known))
    }

    /// Settles a session of which an entry was not flushed although its generation was.
    func settle(_ entry: LogEntry) async throws(ClusterError) {
        let settlement = Settlement(writer: self, key: entry.key, own: nil, unlogged: nil, isDoubted: true)
        let facts = try await readFacts(entry.key)
        if settlement.isNeeded(facts) { try await settlement.run(facts) }
    }

    /// Moves a month past a generation that nobody is registered for.
    func flush(_ bucket: Int64, upTo generation: Int64) async throws(ClusterError) {
        try await registrar.attend(bucket, to: generation)
        _ = try await flusher.flush(bucket)
    }

    /// Settles a session if its facts say that its log may not be in order.
    private func settle(
        _ key: SessionKey,
        _ facts: SessionFacts,
        own: SessionRecord.Start?,
        unlogged: Claim?
    ) async throws(ClusterError) {
        let settlement = Settlement(writer: self, key: key, own: own, unlogged: unlogged)
        if settlement.isNeeded(facts) { try await settlement.run(facts) }
    }
}

/// Numbers that distinguish the requests of a process: 24 bits that wrap around, which takes longer than a generation
/// lasts.
final class RequestNumbers: Sendable {
    /// Starts anywhere, so that processes that start together use different numbers.
    private let last: Atomic<Int32>

    init(_ surroundings: Surroundings) {
        last = Atomic(Int32(surroundings.random(below: 1 << 24)))
    }

    func next() -> Int32 {
        last.wrappingAdd(1, ordering: .relaxed).newValue & 0xFF_FFFF
    }
}

extension Result where Failure == ClusterError, Success: Sendable {
    /// Makes the result of an asynchronous step: its value or its error.
    init(_ body: () async throws(ClusterError) -> Success) async {
        do throws(ClusterError) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
