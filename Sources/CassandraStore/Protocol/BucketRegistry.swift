import Synchronization

/// The list of months that have a bucket, as far as this process knows that they are in it.
///
/// A count reads the list first. So a month has to be in it, at quorum, before anything in it is acknowledged. Nothing is
/// believed for longer than a lease lasts: tables may be truncated, or restored, under a running process.
final class BucketRegistry: Sendable {
    private let access: ClusterAccess
    /// Until when each month is known to be in the list, in ns of elapsed time; at most one for each month that an event
    /// can have: 3,504.
    private let registered = Mutex<[Int64: Int64]>([:])

    init(_ access: ClusterAccess) {
        self.access = access
    }

    /// Returns when the months of all the spans are in the list.
    func register(spans: [Int64]) async throws(ClusterError) {
        try await register(Set(spans.map(Tier.bucket(ofSpan:))))
    }

    /// Returns when the months are in the list.
    func register(_ buckets: Set<Int64>) async throws(ClusterError) {
        let now = access.surroundings.elapsed()
        let missing = registered.withLock { known in buckets.filter { known[$0] ?? .min <= now } }
        try await write(missing, until: now + Lease.length)
    }

    /// Enters every month again that was entered, and trusts none to be in the list until it is.
    func registerAgain() async throws(ClusterError) {
        let until = access.surroundings.elapsed() + Lease.length
        let known = registered.withLock { known in
            known = known.mapValues { _ in .min }
            return Set(known.keys)
        }
        try await write(known, until: until)
    }

    private func write(_ buckets: Set<Int64>, until expiry: Int64) async throws(ClusterError) {
        if buckets.isEmpty { return }
        _ = try await concurrently(buckets.sorted()) { [access] bucket throws(ClusterError) in
            try await access.write(.registerBucket(bucket))
        }
        registered.withLock { known in for bucket in buckets { known[bucket] = expiry } }
    }
}
