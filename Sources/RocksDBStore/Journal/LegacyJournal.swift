import PlayerSessions
import RocksDB

/// The journal of a store of format 1, a column family of the database: key = sequence, value = group.
///
/// It is read once: its groups are flushed to the runs, and the column family is dropped.
struct LegacyJournal {
    static let columnFamily = "journal"

    let store: StoreDatabase
    let family: ColumnFamily

    /// Calls `body` with every group in order; throws if one is missing or unreadable.
    func replay(
        after committed: UInt64,
        _ body: (UInt64, UnsafeRawBufferPointer) throws(SessionStoreError) -> Void
    )
        throws(SessionStoreError)
    {
        var cursor = Cursor(store.database, family, snapshot: nil)
        var expected = committed + 1
        unsafe expected.bigEndianBytes.withUnsafeBytes { unsafe cursor.seek(to: $0) }
        while try translate("read the journal", { () throws(RocksDBError) in try cursor.isValid() }) {
            guard let sequence = unsafe UInt64(bigEndianBytes: cursor.key), sequence == expected else {
                throw SessionStoreError(
                    .unusable,
                    operation: "read the journal",
                    reason: "group \(expected) is missing",
                    hint: SessionStoreError.restoreHint
                )
            }
            try unsafe body(sequence, cursor.value)
            expected += 1
            cursor.advance()
        }
    }

    /// Removes it from the database, durably.
    func drop() throws(SessionStoreError) {
        try translate("drop the former journal") { () throws(RocksDBError) in try store.database.drop(family)
        }
    }
}
