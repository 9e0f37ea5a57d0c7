import PlayerSessions
import RocksDB

/// Rebuilds memtables from the journal's groups that the runs do not hold.
///
/// It reads only the journal, never the runs, so a memtable whose flush was interrupted is no different from one whose
/// flush never began.
struct Recovery {
    let seed: UInt64

    /// Applies a group to a memtable exactly as it was decided.
    func apply(
        _ group: UnsafeRawBufferPointer,
        _ sequence: UInt64,
        to memtable: Memtable
    )
        throws(SessionStoreError)
    {
        let isWhole = unsafe JournalEntry.forEach(in: group) { entry in
            let key = unsafe entry.key
            guard let start = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            let hash = unsafe KeyHash.hash(start, key.count, seed)
            let found = unsafe memtable.sessions.find(hash, key)
            if found != 0 {
                memtable.sessions.update(found, to: entry.record)
            } else {
                _ = unsafe memtable.sessions.insert(
                    hash,
                    playerHash: KeyHash.hash(start, entry.playerLength, seed),
                    key: key,
                    playerLength: entry.playerLength,
                    value: entry.record,
                    indexedEnd: entry.indexedEnd
                )
            }
            memtable.count(entry)
        }
        guard isWhole else { throw damage("group \(sequence) cannot be read") }
        memtable.noteGroup(sequence, journalBytes: JournalRecord.bytes(ofPayload: group.count))
    }

    private func damage(_ reason: String) -> SessionStoreError {
        SessionStoreError(
            .unusable,
            operation: "read the journal",
            reason: reason,
            hint: SessionStoreError.restoreHint
        )
    }
}
