import PlayerSessions
import RocksDB

/// The part of the membership filter's log that belongs to the runs.
///
/// It is stored beside the commit record, so that one file commits both: the committed sequence, the log's length and
/// its chain, eight bytes big-endian each.
struct MembershipMark: Equatable {
    /// Sorts after every node of the tree of starts, and after the commit and purge records.
    static let key: [UInt8] = [0xFF, 0x04]

    /// The commit record when the mark was written; if it differs, runs were ingested without a mark.
    let sequence: UInt64
    /// How many bytes of the log belong to the runs.
    let length: Int
    /// The checksum of all these bytes.
    let chain: UInt64

    init(sequence: UInt64, length: Int, chain: UInt64) {
        self.sequence = sequence
        self.length = length
        self.chain = chain
    }

    /// Reads the stored form; `nil` if the bytes are invalid.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 24,
            let sequence = unsafe UInt64(bigEndianBytes: UnsafeRawBufferPointer(rebasing: bytes[..<8])),
            let length = unsafe UInt64(bigEndianBytes: UnsafeRawBufferPointer(rebasing: bytes[8..<16])),
            let chain = unsafe UInt64(bigEndianBytes: UnsafeRawBufferPointer(rebasing: bytes[16...]))
        else { return nil }
        self.init(sequence: sequence, length: Int(clamping: length), chain: chain)
    }

    /// The stored form.
    var bytes: [UInt8] {
        sequence.bigEndianBytes + UInt64(length).bigEndianBytes + chain.bigEndianBytes
    }

    /// Reads the stored mark; `nil` if there is none.
    static func read(_ store: StoreDatabase) throws(SessionStoreError) -> MembershipMark? {
        var cursor = Cursor(store.database, store.starts, snapshot: nil)
        return try translate("read the membership filter's mark") { () throws(RocksDBError) in
            unsafe key.withUnsafeBytes { unsafe cursor.seek(to: $0) }
            guard try cursor.isValid(), unsafe cursor.key.elementsEqual(key) else { return nil }
            return unsafe MembershipMark(cursor.value)
        }
    }

    /// Writes the mark by itself, durably; no flush may be in progress.
    func write(_ store: StoreDatabase) throws(RocksDBError) {
        var batch = WriteBatch()
        batch.put(MembershipMark.key, bytes, in: store.starts)
        try store.database.write(batch, sync: true)
        // So that RocksDB need not keep a log for this one record.
        try store.database.flush(store.starts, wait: true)
    }
}
