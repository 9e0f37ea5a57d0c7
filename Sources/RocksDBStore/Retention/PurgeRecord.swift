import PlayerSessions
import RocksDB

/// How far purges have come, beside the commit record; no key of the tree of starts lies there.
enum PurgeRecord {
    private static let begunKey: [UInt8] = [0xFF, 0x02]
    private static let doneKey: [UInt8] = [0xFF, 0x03]

    /// The horizon of the purge that was done last, `nil` before the first.
    static func done(_ store: StoreDatabase) throws(SessionStoreError) -> Int64? {
        try store.number(at: doneKey).map { Int64(bitPattern: $0) }
    }

    /// The horizon of a purge that was begun and is not done, `nil` where there is none.
    static func pending(_ store: StoreDatabase) throws(SessionStoreError) -> Int64? {
        guard let begun = try store.number(at: begunKey).map({ Int64(bitPattern: $0) }) else { return nil }
        return try done(store) == begun ? nil : begun
    }

    /// Notes that a purge begins.
    static func putBegun(_ horizon: Int64, _ batch: inout WriteBatch, _ store: StoreDatabase) {
        batch.put(begunKey, UInt64(bitPattern: horizon).bigEndianBytes, in: store.starts)
    }

    /// Notes that the purge is done.
    static func putDone(_ horizon: Int64, _ batch: inout WriteBatch, _ store: StoreDatabase) {
        batch.put(doneKey, UInt64(bitPattern: horizon).bigEndianBytes, in: store.starts)
    }
}
