import Synchronization

/// Which buckets' hours are known to be copied, so that a pass over buckets at rest does not ask again.
final class HourCopies: Sendable {
    private let access: ClusterAccess
    private let lifetime: Lifetime
    /// When each bucket's hours were last found to be copied, in ns of elapsed time.
    private let copied = Mutex<[Int64: Int64]>([:])

    /// After so long a bucket is asked about even so, in ns: an hour.
    ///
    /// Another process may have written sums there and died before it copied them.
    static let patience: Int64 = 3_600_000_000_000

    init(_ access: ClusterAccess, lifetime: Lifetime) {
        self.access = access
        self.lifetime = lifetime
    }

    /// Forgets that a bucket's hours are copied, because they are about to change.
    func expectChanges(in bucket: Int64) { copied.withLock { $0[bucket] = nil } }

    /// Forgets what was copied: it may have been set back.
    func forget() { copied.withLock { $0 = [:] } }

    /// Copies a bucket's hours unless that is known to be done.
    func bringUpToDate(_ bucket: Int64) async throws(ClusterError) {
        let now = access.surroundings.elapsed()
        if let last = copied.withLock({ $0[bucket] }), now - last < HourCopies.patience { return }
        try await HourCopy(access: access, lifetime: lifetime, bucket: bucket).run()
        copied.withLock { $0[bucket] = now }
    }
}
