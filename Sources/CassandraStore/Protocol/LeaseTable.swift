import Synchronization

/// The leases of this process, one a span, each acquired by one request for all that wait for it.
final class LeaseTable: Sendable {
    /// What is known of a span: a lease, or who waits for the one that is being acquired.
    private struct Entry {
        var lease: Lease?
        var waiters: [Waiter] = []
    }

    /// Resumed with the lease, or with `nil` where the waiting request is the one to acquire it.
    private typealias Waiter = CheckedContinuation<Result<Lease, ClusterError>?, Never>

    private let access: ClusterAccess
    private let rules: ProtocolRules
    private let buckets: BucketRegistry
    private let entries = Mutex<[Int64: Entry]>([:])
    /// Where markers are not fresh, which is wrong, the one id that all have.
    private let staleID: Marker.ID

    /// The most spans that are remembered; forgetting one costs a marker.
    private let maximumEntries: Int

    init(
        _ access: ClusterAccess,
        rules: ProtocolRules,
        buckets: BucketRegistry,
        maximumEntries: Int = 65_536
    ) {
        self.access = access
        self.maximumEntries = maximumEntries
        self.rules = rules
        self.buckets = buckets
        staleID = access.surroundings.markerID()
    }

    /// A lease of the span whose marker is durable, and which will not run out soon.
    func lease(ofSpan span: Int64) async throws(ClusterError) -> Lease {
        if let known = known(ofSpan: span) { return known }
        let now = access.surroundings.elapsed()
        let result = await withCheckedContinuation { (waiter: Waiter) in
            if let answer = take(waiter, ofSpan: span, now: now) { waiter.resume(returning: answer) }
        }
        if let result { return try result.get() }
        return try await acquire(span)
    }

    /// Such a lease where there is one already.
    func known(ofSpan span: Int64) -> Lease? {
        let now = access.surroundings.elapsed()
        return entries.withLock { $0[span]?.lease }.flatMap { $0.isUsable(at: now) ? $0 : nil }
    }

    /// What a request is told at once; `nil` where it waits for the one that acquires the span's lease.
    ///
    /// To look and to begin to wait is one step, so that no lease is forgotten between the two.
    private func take(_ waiter: Waiter, ofSpan span: Int64, now: Int64) -> Result<Lease, ClusterError>?? {
        entries.withLock { entries in
            if let entry = entries[span] {
                guard let lease = entry.lease else {
                    entries[span]?.waiters.append(waiter)
                    return nil
                }
                if lease.isUsable(at: now) { return .some(.success(lease)) }
            } else if entries.count >= maximumEntries {
                LeaseTable.forget(&entries, now: now, keeping: maximumEntries / 2)
            }
            entries[span] = Entry()
            return .some(nil)
        }
    }

    private func acquire(_ span: Int64) async throws(ClusterError) -> Lease {
        let id = rules.usesFreshMarkers ? access.surroundings.markerID() : staleID
        let lease = Lease(expiry: access.surroundings.elapsed() + Lease.length)
        let (access, buckets) = (access, buckets)
        async let registration = Result { () async throws(ClusterError) in
            try await buckets.register(spans: [span])
        }
        let marking = await Result { () async throws(ClusterError) in
            try await access.write(.insertMarker(span: span, Marker(id: id)))
        }
        let registered = await registration
        let result = marking.flatMap { registered }.map { lease }
        let waiters = entries.withLock { entries in
            let waiters = entries[span]?.waiters ?? []
            entries[span] = (try? result.get()).map { Entry(lease: $0) }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: result) }
        return try result.get()
    }

    /// Drops the leases that are of no use any more, and of the others those that run out soonest, until so many are
    /// left; those that are being acquired stay.
    private static func forget(_ entries: inout [Int64: Entry], now: Int64, keeping count: Int) {
        entries = entries.filter { $0.value.lease?.isUsable(at: now) ?? true }
        let excess = entries.count - count
        guard excess > 0 else { return }
        let held = entries.compactMap { span, entry in entry.lease.map { (span, $0.expiry) } }
        for (span, _) in held.sorted(by: { $0.1 < $1.1 }).prefix(excess) { entries[span] = nil }
    }
}

extension Lease {
    /// Whether a new request may take it.
    fileprivate func isUsable(at now: Int64) -> Bool { expiry - now > Lease.reserve }
}

extension Surroundings {
    /// A marker's id: 128 random bits.
    func markerID() -> Marker.ID {
        let words = [random(), random()]
        return Marker.ID(
            bytes: words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
            }
        )
    }
}
