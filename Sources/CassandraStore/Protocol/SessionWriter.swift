import PlayerSessions

/// Stores what a batch says of one session; the protocol of docs/decisions/0012.
///
/// Every step can fail or be the last of this process. Whatever then remains, a later request for the session
/// brings it in order.
struct SessionWriter: Sendable {
    let access: ClusterAccess
    let rules: ProtocolRules
    let lifetime: Lifetime
    let leases: LeaseTable
    let buckets: BucketRegistry
    let staleEnds: StaleEnds

    /// Returns when the change is durable and every later query sees it.
    ///
    /// `now`, in µs, is when it was received and found not to be forgotten.
    func store(_ change: SessionChange, now: Int64) async throws(ClusterError) {
        let own = change.start.map { start in
            Candidate(start, received: lifetime.retention.microseconds == nil ? 0 : now)
        }
        var facts = SessionFacts()
        if !rules.readsAfterWrite { facts = try await readFacts(change.key) }
        let lease = try await addStart(change, own, now: now)
        let read = try await readFacts(storing: change, now: now)
        if rules.readsAfterWrite { facts = read }
        if let own { facts.join(own) }
        if let end = change.end { try await tidyEnds(change.key, own: end, known: read.end, now: now) }
        try await settle(change.key, facts, own: own, lease: lease)
    }

    /// The first trip of a start: the fact, and a lease of its span.
    private func addStart(
        _ change: SessionChange,
        _ own: Candidate?,
        now: Int64
    ) async throws(ClusterError) -> Lease? {
        guard let own else { return nil }
        let fact = Statement.addStart(change.key, own, ttl: lifetime.facts(own.instant, now: now))
        var writes = [fact]
        if !rules.insertsRowAfterFact {
            writes.append(.insertStart(change.key, own, ttl: lifetime.index(own.instant, now: now)))
        }
        if let known = leases.known(ofSpan: own.span) {
            try await writeAll(writes)
            return known
        }
        let leases = leases
        async let lease = Result { () async throws(ClusterError) in try await leases.lease(ofSpan: own.span) }
        try await writeAll(writes)
        return try await lease.get()
    }

    private func writeAll(_ writes: [Statement]) async throws(ClusterError) {
        _ = try await concurrently(writes) { [access] write throws(ClusterError) in
            try await access.write(write)
        }
    }

    /// The second trip: the facts; beside it, the end.
    private func readFacts(
        storing change: SessionChange,
        now: Int64
    ) async throws(ClusterError) -> SessionFacts {
        guard let end = change.end else { return try await readFacts(change.key) }
        async let facts = Result { () async throws(ClusterError) in try await readFacts(change.key) }
        try await writeEnd(change.key, end, now: now)
        return try await facts.get()
    }

    /// What is known of a session.
    func readFacts(_ key: SessionKey) async throws(ClusterError) -> SessionFacts {
        let row = try await access.rows(.readFacts(key)).first
        return row.map { SessionFacts(starts: $0[0], end: $0[1]) } ?? SessionFacts()
    }

    /// An end and its row in the player's index, which are one mutation of the player's partition.
    private func writeEnd(_ key: SessionKey, _ end: Int64, now: Int64) async throws(ClusterError) {
        try await access.write(
            .unloggedBatch,
            [
                .setEnd(key, end: end, ttl: lifetime.facts(end, now: now)),
                .insertEnd(key, end: end, ttl: lifetime.index(end, now: now)),
            ]
        )
    }

    /// Hands the row of the earlier of two ends on to be removed, once the later one is at quorum.
    private func tidyEnds(
        _ key: SessionKey,
        own: Int64,
        known: Int64?,
        now: Int64
    ) async throws(ClusterError) {
        guard let known, known != own else { return }
        // What was read may be on one replica only.
        if known > own, rules.confirmsLaterEnd { try await writeEnd(key, known, now: now) }
        staleEnds.add(key, end: min(own, known))
    }

    /// The third trip: brings the session's index rows in order.
    func settle(
        _ key: SessionKey,
        _ known: SessionFacts,
        own: Candidate?,
        lease: Lease?
    ) async throws(ClusterError) {
        var (facts, own, lease) = (known, own, lease)
        while let winner = facts.winner(lifetime.retention) {
            if !facts.losers(to: winner).isEmpty {
                facts = try await StartMove(writer: self, key: key, own: own).run(facts)
                continue
            }
            guard let told = own, let standing = lease else { return }
            if winner == told { return try await insertRow(key, winner, standing) }
            let version = lastingVersion(of: winner)
            if winner.start != told.start {
                if version == winner { return }
                lease = try await leases.lease(ofSpan: winner.span)
            }
            // The row must have the version of the facts, so that version is what this request tells.
            try await addAgain(key, version)
            own = version
            facts = try await readFacts(key)
            facts.join(version)
        }
    }

    /// The version in which a request tells a start that it finds in one it has not written.
    ///
    /// As a rule the one that is there: it is of a process whose clock is ahead, and which may have died over it. Where
    /// nothing expires, though, versions are of a time when something did. Such a start's cells carry TTLs, and of equal
    /// versions Cassandra keeps the one that expires: only a later one lasts. It is later by two, because the note that a
    /// start is settled is later by one; and by no more, so that the order in which starts were received stays and all
    /// processes tell the same.
    private func lastingVersion(of start: Candidate) -> Candidate {
        if lifetime.retention.microseconds != nil || start.received == 0 { return start }
        return Candidate(start.start, received: start.received + 2)
    }

    /// Writes a start, which may be on one replica only, to a quorum.
    func addAgain(_ key: SessionKey, _ start: Candidate) async throws(ClusterError) {
        let now = access.surroundings.wallClock.now.microseconds
        try await access.write(.addStart(key, start, ttl: lifetime.facts(start.instant, now: now)))
    }

    /// Inserts the row of the only start, and returns when a marker is known to have been there beside it.
    private func insertRow(_ key: SessionKey, _ own: Candidate, _ first: Lease) async throws(ClusterError) {
        var lease = first
        if rules.insertsRowAfterFact {
            let now = access.surroundings.wallClock.now.microseconds
            try await access.write(.insertStart(key, own, ttl: lifetime.index(own.instant, now: now)))
        }
        while rules.checksLease, access.surroundings.elapsed() >= lease.expiry {
            lease = try await leases.lease(ofSpan: own.span)
        }
    }
}

extension Result where Failure == ClusterError, Success: Sendable {
    /// What an asynchronous step gives, with its error.
    init(_ body: () async throws(ClusterError) -> Success) async {
        do throws(ClusterError) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
