import PlayerSessions
import RocksDB

/// Brings a store back to where it was: reads the journal's groups that the runs do not hold.
///
/// Reading only looks at the journal, never at the runs, so a generation that had half reached them is no
/// different from one that had not.
struct Recovery {
    let store: StoreDatabase
    let seed: UInt64

    /// Calls `body` with every group in order; throws where one is missing or cannot be read.
    func replay(
        after committed: UInt64,
        _ body: (UInt64, UnsafeRawBufferPointer) throws(SessionStoreError) -> Void
    )
        throws(SessionStoreError)
    {
        var cursor = Cursor(store.database, store.journal, snapshot: nil)
        var expected = committed + 1
        unsafe expected.bigEndianBytes.withUnsafeBytes { unsafe cursor.seek(to: $0) }
        while try translate("read the journal", { () throws(RocksDBError) in try cursor.isValid() }) {
            guard let sequence = unsafe UInt64(bigEndianBytes: cursor.key), sequence == expected else {
                throw damage("group \(expected) is missing")
            }
            try unsafe body(sequence, cursor.value)
            expected += 1
            cursor.advance()
        }
    }

    /// Takes a group into a generation, as it was decided.
    func apply(
        _ group: UnsafeRawBufferPointer,
        _ sequence: UInt64,
        to generation: Generation
    )
        throws(SessionStoreError)
    {
        let isWhole = unsafe JournalEntry.forEach(in: group) { entry in
            let key = unsafe entry.key
            guard let start = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            let hash = unsafe KeyHash.hash(start, key.count, seed)
            let found = unsafe generation.sessions.find(hash, key)
            if found != 0 {
                generation.sessions.update(found, to: entry.record)
            } else {
                _ = unsafe generation.sessions.insert(
                    hash,
                    playerHash: KeyHash.hash(start, entry.playerLength, seed),
                    key: key,
                    playerLength: entry.playerLength,
                    value: entry.record,
                    indexedEnd: entry.indexedEnd
                )
            }
            generation.count(entry)
        }
        guard isWhole else { throw damage("group \(sequence) cannot be read") }
        generation.noteGroup(sequence, journalBytes: group.count)
    }

    private func damage(_ reason: String) -> SessionStoreError {
        SessionStoreError(
            .unusable,
            operation: "read the journal",
            reason: reason,
            hint: "restore the directory from a backup, or keep it for inspection"
        )
    }
}
