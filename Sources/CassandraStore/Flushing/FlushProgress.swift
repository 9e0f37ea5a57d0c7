import Synchronization

/// The months that this process is flushing.
final class FlushesInProgress: Sendable {
    private let buckets = Mutex<Set<Int64>>([])

    func enter(_ bucket: Int64) -> Bool { buckets.withLock { $0.insert(bucket).inserted } }

    func leave(_ bucket: Int64) { buckets.withLock { _ = $0.remove(bucket) } }
}

/// The version of each month as of which everything flushed is entered in `flushed_starts`.
///
/// It is a version and not a generation, because a month that was set back has another version.
final class EnteredVersions: Sendable {
    private let versions = Mutex<[Int64: Int64]>([:])

    func holds(_ version: Int64, in bucket: Int64) -> Bool { versions.withLock { $0[bucket] == version } }

    func note(_ version: Int64, in bucket: Int64) { versions.withLock { $0[bucket] = version } }

    func forget() { versions.withLock { $0 = [:] } }
}
