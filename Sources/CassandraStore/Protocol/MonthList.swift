import Synchronization

/// The months that this process knows to be in the list of months.
///
/// Counts of long windows and passes of the flusher read the list, so a month must be in it, at quorum, before anything
/// in the month is acknowledged. Nothing is trusted for longer than a lease lasts: tables may be truncated or restored
/// under a running process.
final class MonthList: Sendable {
    private let access: ClusterAccess
    /// Until when each month is known to be listed, in ns of elapsed time; at most 3,504, one for each month an event
    /// can have.
    private let registered = Mutex<[Int64: Int64]>([:])

    init(_ access: ClusterAccess) {
        self.access = access
    }

    /// Returns when the months are in the list.
    func register(_ buckets: Set<Int64>) async throws(ClusterError) {
        let now = access.surroundings.elapsed()
        let missing = registered.withLock { known in buckets.filter { known[$0] ?? .min <= now } }
        try await write(missing, until: now + Lease.length)
    }

    /// Writes all known months to the list again, and trusts none to be in it until that is done.
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
