import Synchronization

/// The list of months that have a bucket, as far as this process knows that they are in it.
///
/// A count reads the list first. So a month has to be in it, at quorum, before anything in it is acknowledged.
final class BucketRegistry: Sendable {
    private let access: ClusterAccess
    /// At most one for each month that an event can have: 3,504.
    private let registered = Mutex<Set<Int64>>([])

    init(_ access: ClusterAccess) {
        self.access = access
    }

    /// Returns when the months of all the spans are in the list.
    func register(spans: [Int64]) async throws(ClusterError) {
        let buckets = Set(spans.map(Tier.bucket(ofSpan:)))
        let missing = registered.withLock { buckets.subtracting($0) }.sorted()
        if missing.isEmpty { return }
        _ = try await concurrently(missing) { [access] bucket throws(ClusterError) in
            try await access.write(.registerBucket(bucket))
        }
        registered.withLock { $0.formUnion(missing) }
    }
}
