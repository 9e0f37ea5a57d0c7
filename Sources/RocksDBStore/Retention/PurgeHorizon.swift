import RocksDB
import Synchronization

/// What a purge that is on its way tells the writer and the compactions.
final class PurgeHorizon: Sendable {
    private let forgotten = Atomic<Int64>(.min)
    private let dropped = Atomic<Int64>(.min)

    /// The instant at and before which nothing is remembered, whatever the clock says, and no start is taken
    /// away any more; `.min` while no purge is on its way.
    var forgottenThrough: Int64 {
        get { forgotten.load(ordering: .acquiring) }
        set { forgotten.store(newValue, ordering: .releasing) }
    }

    /// The instant at and before which compactions drop what is stored; `.min` but for a purge's compactions.
    var droppedThrough: Int64 {
        get { dropped.load(ordering: .acquiring) }
        set { dropped.store(newValue, ordering: .releasing) }
    }

    /// What a compaction makes of a stored record: nothing of it that is not later than the horizon stays.
    func decide(record bytes: UnsafeRawBufferPointer) -> CompactionFilter.Decision {
        let horizon = droppedThrough
        guard horizon != .min, let record = unsafe StoredRecord.decode(bytes)?.record else { return .keep }
        var rest = record
        rest.forget(notAfter: horizon)
        if rest == record { return .keep }
        return rest == .empty ? .drop : .replace(rest.encoded)
    }

    /// What a compaction makes of an entry of the index.
    func decide(indexKey key: UnsafeRawBufferPointer) -> CompactionFilter.Decision {
        let horizon = droppedThrough
        guard horizon != .min, let end = unsafe IndexKey(key)?.end else { return .keep }
        return end <= horizon ? .drop : .keep
    }
}
