import RocksDB
import Synchronization

/// What the writer and the compactions need to know of a purge in progress.
final class PurgeHorizon: Sendable {
    private let forgotten = Atomic<Int64>(.min)
    private let dropped = Atomic<Int64>(.min)

    /// The horizon up to which nothing is remembered, whatever the clock says, and no start is removed.
    ///
    /// `.min` if no purge is in progress.
    var forgottenThrough: Int64 {
        get { forgotten.load(ordering: .acquiring) }
        set { forgotten.store(newValue, ordering: .releasing) }
    }

    /// The horizon up to which compactions drop what is stored; `.min` except during a purge's compactions.
    var droppedThrough: Int64 {
        get { dropped.load(ordering: .acquiring) }
        set { dropped.store(newValue, ordering: .releasing) }
    }

    /// Decides about a stored record: only what is later than the horizon stays.
    func decide(record bytes: UnsafeRawBufferPointer) -> CompactionFilter.Decision {
        let horizon = droppedThrough
        guard horizon != .min, let record = unsafe StoredRecord.decode(bytes)?.record else { return .keep }
        var rest = record
        rest.forget(notAfter: horizon)
        if rest == record { return .keep }
        return rest == .empty ? .drop : .replace(rest.encoded)
    }

    /// Decides about an entry of the index.
    func decide(indexKey key: UnsafeRawBufferPointer) -> CompactionFilter.Decision {
        let horizon = droppedThrough
        guard horizon != .min, let end = unsafe IndexKey(key)?.end else { return .keep }
        return end <= horizon ? .drop : .keep
    }
}
