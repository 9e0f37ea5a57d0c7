import PlayerSessions
import RocksDB

/// How far the journal has reached the runs; it lies beside the starts, so that one file commits both.
enum CommitRecord {
    /// Behind every node of the tree of starts.
    static let key: [UInt8] = [0xFF, 0x01]

    /// The sequence of the last group in the runs; 0 for a new store.
    static func read(_ store: StoreDatabase) throws(SessionStoreError) -> UInt64 {
        var cursor = Cursor(store.database, store.starts, snapshot: nil)
        return try translate("read the commit record") { () throws(RocksDBError) in
            unsafe key.withUnsafeBytes { unsafe cursor.seek(to: $0) }
            guard try cursor.isValid(), unsafe cursor.key.elementsEqual(key) else { return 0 }
            guard let sequence = unsafe UInt64(bigEndianBytes: cursor.value) else {
                throw RocksDBError(operation: "read", message: "Corruption: the commit record has no 8 bytes")
            }
            return sequence
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
        if message.contains("Read-only file system") || message.contains("Permission denied") {
            return "the directory and its files must be writable for this user"
        }
        if kind == .corruption { return "restore the directory from a backup, or keep it for inspection" }
        return nil
    }
}
