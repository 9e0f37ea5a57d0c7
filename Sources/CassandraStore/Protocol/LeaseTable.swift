import Synchronization

/// The leases of this process, one a span, each acquired by one request for all that wait for it.
final class LeaseTable: Sendable {
    private enum Entry {
        case held(Lease)
        case acquiring([Waiter])
    }

    private typealias Waiter = CheckedContinuation<Result<Lease, ClusterError>, Never>

    private enum Part {
        case use(Lease)
        case acquire
        case wait
    }

    private let access: ClusterAccess
    private let rules: ProtocolRules
    private let buckets: BucketRegistry
    private let entries = Mutex<[Int64: Entry]>([:])
    /// Where markers are not fresh, which is wrong, the one id that all have.
    private let staleID: Marker.ID

    /// The most spans that are remembered; forgetting one costs a marker.
    static let maximumEntries = 65_536

    init(_ access: ClusterAccess, rules: ProtocolRules, buckets: BucketRegistry) {
        self.access = access
        self.rules = rules
        self.buckets = buckets
        staleID = access.surroundings.markerID()
    }

    /// A lease of the span whose marker is durable, and which will not run out soon.
    func lease(ofSpan span: Int64) async throws(ClusterError) -> Lease {
        let now = access.surroundings.elapsed()
        switch part(in: span, now: now) {
        case .use(let lease): return lease
        case .acquire: return try await acquire(span)
        case .wait:
            let result = await withCheckedContinuation { (waiter: Waiter) in
                join(span, waiter)
            }
            return try result.get()
        }
    }

    /// Decides what a request does for a span; the first that finds no lease is to acquire it.
    private func part(in span: Int64, now: Int64) -> Part {
        entries.withLock { entries in
            switch entries[span] {
            case .held(let lease) where lease.expiry - now > Lease.reserve:
                return .use(lease)
            case .acquiring:
                return .wait
            case .held, nil:
                if entries.count >= LeaseTable.maximumEntries { LeaseTable.forget(&entries) }
                entries[span] = .acquiring([])
                return .acquire
            }
        }
    }

    /// Waits with the others, or takes what has come meanwhile.
    private func join(_ span: Int64, _ waiter: Waiter) {
        let known: Result<Lease, ClusterError>? = entries.withLock { entries in
            switch entries[span] {
            case .acquiring(let waiters):
                entries[span] = .acquiring(waiters + [waiter])
                return nil
            case .held(let lease):
                return .success(lease)
            case nil:
                return .failure(
                    ClusterError(outcome: .notApplied, reason: "the span's lease was not acquired")
                )
            }
        }
        if let known { waiter.resume(returning: known) }
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
            let entry = entries[span]
            entries[span] = (try? result.get()).map { .held($0) }
            guard case .acquiring(let waiters) = entry else { return [Waiter]() }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: result) }
        return try result.get()
    }

    /// Drops all leases that nobody waits for.
    private static func forget(_ entries: inout [Int64: Entry]) {
        entries = entries.filter { if case .acquiring = $0.value { true } else { false } }
    }
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
