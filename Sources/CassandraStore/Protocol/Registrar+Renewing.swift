extension Registrar {
    /// The age at which a registration is renewed, in ns: a third of its lease.
    private static let renewal = Lease.length / 3
    /// The time without an entry after which a process declares that it writes nothing, in ns.
    private static let patience: Int64 = 10_000_000_000
    /// How long after the last renewal `attend` makes another one, in ns.
    private static let attention: Int64 = 1_000_000_000
    /// The number of starts at which their process closes a generation, so that none gets too large to flush.
    static let maximumEntries = 4_096
    /// How many months are renewed concurrently.
    private static let width = 16

    /// Renews what is due: moves to the open generation, past those that no request is inside, and shows that this
    /// process lives.
    ///
    /// A month that fails does not hold up the others; the first error is thrown at the end.
    func renew() async throws(ClusterError) {
        let due = books.withLock { books in
            books.filter { $0.value.registration != nil || !$0.value.covers.isEmpty }.keys.sorted()
        }
        let results = try await concurrently(due, limit: Registrar.width) {
            [self] bucket throws(ClusterError) in
            await Result { () async throws(ClusterError) in try await renew(bucket) }
        }
        for result in results { try result.get() }
    }

    /// Renews one month, unless a renewal is in progress.
    private func renew(_ bucket: Int64) async throws(ClusterError) {
        let isLost = books.withLock { books in
            guard let book = books[bucket] else { return false }
            return book.registration == nil && !book.covers.isEmpty && book.waiters == nil
        }
        if isLost { return leave(try await enter(bucket)) }
        let begun: Int? = books.withLock { books in
            guard let book = books[bucket], book.registration != nil, book.renewing != book.term else {
                return nil
            }
            books[bucket]?.renewing = book.term
            books[bucket]?.lastRenewal = access.surroundings.elapsed()
            return book.term
        }
        guard let begun else { return }
        defer { books.withLock { if $0[bucket]?.renewing == begun { $0[bucket]?.renewing = nil } } }
        await closeIfFull(bucket)
        let state = try await MonthReader(access: access, bucket: bucket).stateUrgently()
        let writers = state.registrations.values.count { $0.low != Registration.idle }
        books.withLock { $0[bucket]?.writers = Int64(writers) }
        if rules.checksLease, endIfLost(bucket, state, begun) { return }
        if let (process, registration) = next(bucket, state, begun) {
            let begin = access.surroundings.elapsed()
            _ = try await access.run(.urgent(.register(bucket: bucket, process, registration)))
            let end = access.surroundings.elapsed()
            note(registration, of: process, in: bucket, begun, from: begin, until: end)
        }
        // The list may have been truncated.
        try await buckets.register([bucket])
    }

    /// Opens the next generation if the current one has enough starts; if that fails, the next renewal tries again.
    private func closeIfFull(_ bucket: Int64) async {
        let next: Int64? = books.withLock { books in
            guard let book = books[bucket], book.entries >= Registrar.maximumEntries else { return nil }
            return book.current + 1
        }
        guard let next else { return }
        _ = try? await access.run(.urgent(.openGeneration(bucket: bucket, next)))
    }

    /// Records that a renewal is at quorum; it was sent at `begin` and answered at `end`.
    private func note(
        _ registration: Registration,
        of process: ProcessID,
        in bucket: Int64,
        _ term: Int,
        from begin: Int64,
        until end: Int64
    ) {
        books.withLock { books in
            guard let book = books[bucket] else { return }
            if book.process == process {
                books[bucket]?.knownBeat = max(book.knownBeat ?? .min, registration.beat)
            }
            guard book.term == term else { return }
            // Others may have stopped waiting for this process.
            if end >= book.expiry, rules.checksLease {
                books[bucket]?.end()
                return
            }
            if registration.high > book.current { books[bucket]?.entries = 0 }
            books[bucket]?.highest = max(book.highest, registration.high)
            books[bucket]?.registration = registration
            books[bucket]?.expiry = begin + Lease.length
        }
    }

    /// Ends a registration that was passed over, replaced or set back, and returns whether it did.
    ///
    /// Nothing more may be acknowledged under it. `term` is that of the registration when the read of `state` began.
    private func endIfLost(_ bucket: Int64, _ state: MonthState, _ term: Int) -> Bool {
        let other = newProcess()
        return books.withLock { books in
            guard let book = books[bucket], let registration = book.registration, book.term == term else {
                return false
            }
            guard let seen = state.registrations[book.process], seen.beat >= registration.beat,
                state.flushed != nil
            else {
                books[bucket]?.end(continuingAs: other)
                return true
            }
            guard seen.beat > book.beat || state.closed >= registration.low else { return false }
            books[bucket]?.beat = max(book.beat, seen.beat)
            books[bucket]?.end()
            return true
        }
    }

    /// Moves a month past a generation in which nobody is registered, so that it can be flushed.
    ///
    /// There are such generations if tables were set back. It also renews the registration of a process that does
    /// nothing else.
    func attend(_ bucket: Int64, to generation: Int64) async throws(ClusterError) {
        let state = try await MonthReader(access: access, bucket: bucket).state()
        if generation > max(state.highest, state.flushed ?? .min) {
            try await access.write(.openGeneration(bucket: bucket, generation + 1))
            leave(try await enter(bucket))
        }
        let last = books.withLock { $0[bucket]?.lastRenewal ?? 0 }
        if access.surroundings.elapsed() - last > Registrar.attention { try await renew(bucket) }
    }

    /// Returns the registration to write; `nil` if the current one will do.
    private func next(
        _ bucket: Int64,
        _ state: MonthState,
        _ term: Int
    ) -> (ProcessID, Registration)? {
        let other = newProcess()
        let now = access.surroundings.elapsed()
        let wallClock = self.now
        return books.withLock { books in
            guard let book = books[bucket], var registration = book.registration, book.term == term else {
                return nil
            }
            let known = registration
            if let flushed = state.flushed, flushed > book.flushed ?? .min {
                registration.first = max(known.first, (book.flushed ?? 0) + 1)
                books[bucket]?.first = registration.first
                books[bucket]?.flushed = flushed
            }
            registration.high = max(registration.high, state.open)
            if registration.high - registration.first >= Registration.maximumRange {
                // Too many generations for a count to read.
                books[bucket]?.end(continuingAs: other)
                return nil
            }
            // Until this renewal is at quorum, requests may still enter the former highest generation.
            let lowest = rules.keepsLowWhileInside ? book.inside.keys.min() : nil
            registration.low = max(known.low, min(lowest ?? known.high, known.high))
            if book.inside.isEmpty, now - book.lastEntry > Registrar.patience {
                registration.low = Registration.idle
            }
            let isOld = book.expiry - now < Lease.length - Registrar.renewal
            let isSame = (registration.low, registration.high) == (known.low, known.high)
            if isSame, !isOld { return nil }
            registration.beat = books[bucket]?.nextBeat(wallClock) ?? 0
            books[bucket]?.floor = registration.low
            // Later requests register anew: this renewal says that the process writes nothing.
            if registration.low == Registration.idle { books[bucket]?.end() }
            return (book.process, registration)
        }
    }
}
