extension Registrar {
    /// How often a registration is attempted if others are faster.
    private static let maximumAttempts = 16

    /// Registers this process in a month: writes where it will log, then checks that nobody is flushing that already.
    func register(_ bucket: Int64) async throws(ClusterError) {
        // Requests wait for this.
        let access = access.bounded(events: 0)
        try await buckets.register([bucket])
        let reader = MonthReader(access: access, bucket: bucket)
        var least = Int64.min
        for _ in 0..<Registrar.maximumAttempts {
            let (first, term) = books.withLock { books in
                books[bucket]?.end()
                let book = books[bucket]
                let firsts = (book?.covers.map(\.registration.first) ?? []) + (book?.first.map { [$0] } ?? [])
                return (firsts.min(), book?.term)
            }
            _ = try await reader.begun(first: first)
            let state = try await reader.stateSerially()
            try await cover(bucket, state)
            let begin = access.surroundings.elapsed()
            guard let (process, registration) = propose(bucket, state, least, term) else { continue }
            if !Place.generations.contains(registration.high) {
                throw ClusterError(
                    outcome: .notApplied,
                    reason: "the generations of a month are damaged: \(registration.high)",
                    isTransient: false
                )
            }
            try await access.write(.register(bucket: bucket, process, registration))
            let seen = try await reader.state()
            let closed = rules.looksAtFence ? seen.closed : .min
            let isRegistered = books.withLock { books in
                guard let book = books[bucket], book.process == process else { return false }
                // If tables were set back, a later registration of this process may be in its place.
                if let other = seen.registrations[process], other.beat > registration.beat {
                    books[bucket]?.beat = max(book.beat, other.beat)
                    return false
                }
                guard closed < registration.high else { return false }
                books[bucket]?.begin(registration, at: begin)
                return true
            }
            if isRegistered { return }
            least = max(least, closed + 1)
        }
        throw ClusterError(
            outcome: .notApplied,
            reason: "the generations of a month are flushed faster than this process can register in them"
        )
    }

    /// Returns the registration to write; `nil` if the attempt has to start over.
    private func propose(
        _ bucket: Int64,
        _ state: MonthState,
        _ least: Int64,
        _ term: Int?
    ) -> (ProcessID, Registration)? {
        let other = newProcess()
        return books.withLock { books in
            guard let book = books[bucket], book.term == term else { return nil }
            if book.isMissing(in: state) {
                books[bucket]?.end(continuingAs: other)
                return nil
            }
            let generation = max(state.open, state.closed + 1, state.highest, least, book.highest)
            // Entries that were logged under a former registration and are not flushed are covered again.
            let first = min(max(book.first ?? generation, (state.flushed ?? .min) + 1), generation)
            if generation - first >= Registration.maximumRange {
                books[bucket]?.end(continuingAs: other)
                return nil
            }
            let registration = Registration(
                first: first,
                low: generation,
                high: generation,
                beat: books[bucket]?.nextBeat(now) ?? 0,
                keptDays: lifetime.keptDays
            )
            return (book.process, registration)
        }
    }

    /// Registers former ids of this process, which write nothing any more, if their entries may not be flushed.
    private func cover(_ bucket: Int64, _ state: MonthState) async throws(ClusterError) {
        let covers = books.withLock { $0[bucket]?.covers ?? [] }
        for cover in covers {
            if var registration = cover.registration(in: state) {
                registration.keptDays = lifetime.keptDays
                try await access.write(.register(bucket: bucket, cover.process, registration))
            }
            books.withLock { books in
                books[bucket]?.covers.removeAll { $0.process == cover.process }
                // Others may have begun the month above these generations, without flushing them.
                let generations = (cover.registration.first...cover.registration.high)
                    .filter { $0 <= state.flushed ?? .min }
                books[bucket]?.doubts += generations.map { Place(generation: $0, process: cover.process) }
            }
        }
    }
}

extension RegistrationBook.Cover {
    /// Returns a registration that covers what was logged and what the cluster shows as registered; `nil` if none is
    /// needed.
    ///
    /// A snapshot may hold an old registration, and logs of that time. If one registration would have too many
    /// generations, what was logged since is left to `Rebuild`.
    fileprivate func registration(in state: MonthState) -> Registration? {
        let flushed = state.flushed ?? .min
        guard let seen = state.registrations[process] else {
            return registration.high > flushed ? registration : nil
        }
        var both = seen
        both.high = max(registration.high, seen.high)
        both.first = min(max(min(registration.first, seen.first), flushed + 1), both.high)
        if both.high - both.first >= Registration.maximumRange { both = seen }
        both.low = Registration.idle
        both.beat = max(registration.beat, seen.beat) + 1
        let isDone = seen.low == both.low && seen.first <= both.first && seen.high == both.high
        return isDone ? nil : both
    }
}
