import PlayerSessions
import RocksDB

/// The records of a group that are not in memory, looked up in the runs together.
struct RecordLookup: ~Copyable {
    private var keys = KeyBatch()
    private var builder = KeyBuilder()
    private var records: [StoredRecord] = []

    /// Forgets the group before.
    mutating func removeAll() {
        keys.removeAll()
        records.removeAll(keepingCapacity: true)
    }

    /// Adds the session of an event; returns the number under which its record will be found.
    mutating func append(_ event: PackedEvent) -> Int {
        unsafe builder.setPlayer(UnsafeRawBufferPointer(rebasing: event.key[..<event.playerLength]))
        unsafe builder.append(UnsafeRawBufferPointer(rebasing: event.key[event.playerLength...]))
        unsafe keys.append(builder.key)
        return keys.count - 1
    }

    /// Looks everything up.
    mutating func run(in store: StoreDatabase) throws(SessionStoreError) {
        guard keys.count > 0 else { return }
        records.append(contentsOf: repeatElement(.empty, count: keys.count))
        guard store.hasRecords else { return }
        var records = self.records
        self.records = []
        var isDamaged = false
        try translate("look sessions up") { () throws(RocksDBError) in
            unsafe try keys.lookUp(in: store.database, store.records) { index, value in
                if let record = unsafe StoredRecord.decode(value)?.record {
                    records[index] = record
                } else {
                    isDamaged = true
                }
            }
        }
        self.records = records
        if isDamaged {
            throw SessionStoreError(
                .failed,
                operation: "look sessions up",
                reason: "a stored record cannot be read",
                hint: "restore the directory from a backup, or keep it for inspection"
            )
        }
    }

    /// The record with this number, empty where the runs have none.
    func record(_ number: Int) -> StoredRecord { records[number] }
}
