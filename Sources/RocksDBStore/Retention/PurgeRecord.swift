import PlayerSessions
import RocksDB

/// The progress of purges, stored beside the commit record and apart from the keys of the tree of starts.
enum PurgeRecord {
    private static let begunKey: [UInt8] = [0xFF, 0x02]
    private static let doneKey: [UInt8] = [0xFF, 0x03]

    /// Returns the horizon of the last purge that was done, `nil` before the first.
    static func done(_ store: StoreDatabase) throws(SessionStoreError) -> Int64? {
        try store.number(at: doneKey).map { Int64(bitPattern: $0) }
    }

    /// Returns the horizon of a purge that began and is not done, `nil` if there is none.
    static func pending(_ store: StoreDatabase) throws(SessionStoreError) -> Int64? {
        guard let begun = try store.number(at: begunKey).map({ Int64(bitPattern: $0) }) else { return nil }
        return try done(store) == begun ? nil : begun
    }

    /// Records that a purge begins.
    static func putBegun(_ horizon: Int64, _ batch: inout WriteBatch, _ store: StoreDatabase) {
        batch.put(begunKey, UInt64(bitPattern: horizon).bigEndianBytes, in: store.starts)
    }

    /// Records that the purge is done.
    static func putDone(_ horizon: Int64, _ batch: inout WriteBatch, _ store: StoreDatabase) {
        batch.put(doneKey, UInt64(bitPattern: horizon).bigEndianBytes, in: store.starts)
    }
}
