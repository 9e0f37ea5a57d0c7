import PlayerSessions
import RocksDB

/// How far the journal has reached the runs; it lies beside the starts, so that one file commits both.
enum CommitRecord {
    /// Behind every node of the tree of starts.
    static let key: [UInt8] = [0xFF, 0x01]

    /// The sequence of the last group in the runs; 0 for a new store.
    static func read(_ store: StoreDatabase) throws(SessionStoreError) -> UInt64 {
        try store.number(at: key) ?? 0
    }
}

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

extension StoreDatabase {
    /// A number of eight bytes beside the starts, `nil` where there is none.
    fileprivate func number(at key: [UInt8]) throws(SessionStoreError) -> UInt64? {
        var cursor = Cursor(database, starts, snapshot: nil)
        return try translate("read the commit records") { () throws(RocksDBError) in
            unsafe key.withUnsafeBytes { unsafe cursor.seek(to: $0) }
            guard try cursor.isValid(), unsafe cursor.key.elementsEqual(key) else { return nil }
            guard let number = unsafe UInt64(bigEndianBytes: cursor.value) else {
                throw RocksDBError(operation: "read", message: "Corruption: a commit record has no 8 bytes")
            }
            return number
        }
    }
}

/// Runs RocksDB calls and turns their errors into the store's.
func translate<Result>(
    _ operation: String,
    _ body: () throws(RocksDBError) -> Result
) throws(SessionStoreError) -> Result {
    do {
        return try body()
    } catch {
        throw SessionStoreError(.failed, operation: operation, reason: error.description, hint: error.hint)
    }
}

extension RocksDBError {
    /// What would help, where the message tells.
    var hint: String? {
        if message.contains("No space left") { return "free some space on the disk, then start again" }
        if message.contains("Too many open files") {
            return "raise ulimit -n, or LimitNOFILE= of its unit, then start again"
        }
        if message.contains("Read-only file system") || message.contains("Permission denied") {
            return "the directory and its files must be writable for this user"
        }
        if kind == .corruption { return "restore the directory from a backup, or keep it for inspection" }
        return nil
    }
}
