import PlayerSessions
import RocksDB

/// The commit record: the sequence up to which the runs hold the journal.
///
/// It is stored beside the starts, so that one file commits both.
enum CommitRecord {
    /// Sorts after every node of the tree of starts.
    static let key: [UInt8] = [0xFF, 0x01]

    /// Returns the sequence of the last group in the runs, 0 for a new store.
    static func read(_ store: StoreDatabase) throws(SessionStoreError) -> UInt64 {
        try store.number(at: key) ?? 0
    }
}

extension StoreDatabase {
    /// Returns the eight-byte number stored under `key` beside the starts, `nil` if there is none.
    func number(at key: [UInt8]) throws(SessionStoreError) -> UInt64? {
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
