import Synchronization

/// The generations in which this process logs starts, by month, and how long its registrations stand.
///
/// A request enters a month before it logs a start, and leaves it when the start is durable or was given up. While a
/// request is inside a generation, the registration does not move past it, so it is not flushed. If a registration was
/// not renewed in time, others may have flushed without waiting for it, and nothing logged under it is acknowledged.
final class Registrar: Sendable {
    /// What a request holds while it logs a start.
    struct Ticket: Sendable {
        /// The month.
        var bucket: Int64
        var place: Place
        /// The term of the registration that it depends on.
        fileprivate var term: Int
    }

    /// A request that waits while another one registers; `nil` tells it to register itself.
    typealias Waiter = CheckedContinuation<Result<Ticket, ClusterError>?, Never>

    let access: ClusterAccess
    let rules: ProtocolRules
    let lifetime: Lifetime
    let buckets: MonthList
    let books = Mutex<[Int64: RegistrationBook]>([:])

    /// How long starts logged under former ids are remembered, in ns: until it is noticed that tables were set back.
    private static let memory: Int64 = 60_000_000_000

    init(_ access: ClusterAccess, rules: ProtocolRules, lifetime: Lifetime, buckets: MonthList) {
        self.access = access
        self.rules = rules
        self.lifetime = lifetime
        self.buckets = buckets
    }

    /// Returns a random id, which no process had before.
    func newProcess() -> ProcessID {
        ProcessID(number: access.surroundings.random(below: 1 << ProcessID.bits))
    }

    /// Returns the id under which this process logs starts of a month; `nil` if it never did.
    func process(of bucket: Int64) -> ProcessID? { books.withLock { $0[bucket]?.process } }

    /// The months in which this process is registered.
    var activeBuckets: [Int64] { books.withLock { $0.filter { $0.value.registration != nil }.keys.sorted() } }

    /// The wall clock, in µs.
    var now: Int64 { access.surroundings.wallClock.now.microseconds }

    /// Returns how many processes write to a month, as of the last renewal.
    func writers(of bucket: Int64) -> Int64 { books.withLock { $0[bucket]?.writers ?? 1 } }

    // Entering and leaving

    /// Returns a ticket for a start of the month, under a registration that will not run out soon.
    func enter(_ bucket: Int64) async throws(ClusterError) -> Ticket {
        if let ticket = enterAtOnce(bucket) { return ticket }
        let result = await withCheckedContinuation { (waiter: Waiter) in
            let turn: Result<Ticket, ClusterError>?? = books.withLock { books in
                // Another request may just have registered.
                if let ticket = take(bucket, &books) { return .some(.success(ticket)) }
                if books[bucket]?.waiters?.append(waiter) != nil { return nil }
                books[bucket, default: RegistrationBook(process: newProcess())].waiters = []
                return .some(nil)
            }
            if let turn { waiter.resume(returning: turn) }
        }
        if let result { return try result.get() }
        let registered = await Result { () async throws(ClusterError) in try await self.register(bucket) }
        let (waiters, own) = books.withLock { books in
            let waiters = books[bucket]?.waiters ?? []
            books[bucket]?.waiters = nil
            let tickets = (0...waiters.count).map { _ in
                registered.flatMap { _ in
                    // The registration may be lost already, if tables were set back at this moment.
                    take(bucket, &books).map { .success($0) } ?? .failure(Registrar.lost)
                }
            }
            return (zip(waiters, tickets.dropFirst()).map { ($0, $1) }, tickets[0])
        }
        for (waiter, ticket) in waiters { waiter.resume(returning: ticket) }
        return try own.get()
    }

    private static let lost = ClusterError(
        outcome: .notApplied,
        reason: "the registration of this process was lost while it was made"
    )

    private func enterAtOnce(_ bucket: Int64) -> Ticket? { books.withLock { take(bucket, &$0) } }

    private func take(_ bucket: Int64, _ books: inout [Int64: RegistrationBook]) -> Ticket? {
        let now = access.surroundings.elapsed()
        guard let book = books[bucket], let registration = book.registration,
            book.expiry - now > Lease.reserve
        else { return nil }
        let generation = registration.high
        books[bucket]?.inside[generation, default: 0] += 1
        books[bucket]?.entries += 1
        books[bucket]?.lastEntry = now
        return Ticket(
            bucket: bucket,
            place: Place(generation: generation, process: book.process),
            term: book.term
        )
    }

    /// Leaves a generation; what was logged there is durable or was given up.
    func leave(_ ticket: Ticket) {
        books.withLock { books in
            guard let book = books[ticket.bucket], book.term == ticket.term else { return }
            let count = (book.inside[ticket.place.generation] ?? 1) - 1
            books[ticket.bucket]?.inside[ticket.place.generation] = count > 0 ? count : nil
        }
    }

    /// Returns whether what was logged under a ticket, and is durable now, is certain to be flushed.
    func isStanding(_ ticket: Ticket) -> Bool {
        if !rules.checksLease { return true }
        let now = access.surroundings.elapsed()
        return books.withLock { books in
            guard let book = books[ticket.bucket] else { return false }
            return book.term == ticket.term && now < book.expiry
        }
    }

    /// Enters a generation that is open or was recently, to log again an entry of another request; returns `nil` if it
    /// may be flushed already.
    func enter(_ bucket: Int64, generation: Int64) -> Ticket? {
        let now = access.surroundings.elapsed()
        return books.withLock { books in
            guard let book = books[bucket], let registration = book.registration,
                book.floor <= generation, generation <= registration.high,
                book.expiry - now > Lease.reserve
            else { return nil }
            books[bucket]?.inside[generation, default: 0] += 1
            return Ticket(
                bucket: bucket,
                place: Place(generation: generation, process: book.process),
                term: book.term
            )
        }
    }

    // Losing

    /// Ends every registration and continues under new ids, because tables may have been set back.
    func distrust() {
        let now = access.surroundings.elapsed()
        books.withLock { books in
            for (bucket, book) in books {
                books[bucket]?.end(continuingAs: newProcess())
                // What it logged before is flushed.
                if now - book.lastEntry >= Registrar.memory { books[bucket]?.covers = [] }
            }
        }
    }

    /// Removes and returns the doubts of all months; see `RegistrationBook.doubts`.
    func takeDoubts() -> [Int64: [Place]] {
        books.withLock { books in
            var places: [Int64: [Place]] = [:]
            for (bucket, book) in books where !book.doubts.isEmpty {
                places[bucket] = book.doubts
                books[bucket]?.doubts = []
            }
            return places
        }
    }

    /// Puts back logs that could not be reviewed.
    func doubt(_ places: [Place], in bucket: Int64) { books.withLock { $0[bucket]?.doubts += places } }

    /// Registers again in every month with recent starts; if that fails, `renew` retries.
    func registerAgain() async {
        let recent = books.withLock { books in books.filter { !$0.value.covers.isEmpty }.keys.sorted() }
        for bucket in recent {
            guard let ticket = try? await enter(bucket) else { continue }
            leave(ticket)
        }
    }

    /// Declares for every month that this process writes nothing any more, so that nobody waits for it.
    func resign() async {
        for bucket in activeBuckets {
            let resignation: (ProcessID, Registration)? = books.withLock { books in
                guard let book = books[bucket], book.inside.isEmpty, var registration = book.registration
                else { return nil }
                books[bucket]?.end()
                registration.low = Registration.idle
                registration.beat = books[bucket]?.nextBeat(now) ?? 0
                return (book.process, registration)
            }
            guard let (process, registration) = resignation else { continue }
            try? await access.write(.register(bucket: bucket, process, registration))
        }
    }
}
