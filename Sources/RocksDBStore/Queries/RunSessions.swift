import PlayerSessions
import RocksDB

/// A player's complete sessions in the runs, latest first, read in pages and checked against their records.
@safe struct RunSessions: ~Copyable {
    private let player: [UInt8]
    private let cutoff: Int64
    private let store: StoreDatabase
    private let snapshot: Snapshot
    private let prefix: [UInt8]
    private var cursor: Cursor

    /// Selects the sessions of a packed player in a snapshot whose start is after `cutoff`.
    init(player: [UInt8], cutoff: Int64, store: StoreDatabase, snapshot: Snapshot) {
        self.player = player
        self.cutoff = cutoff
        self.store = store
        self.snapshot = snapshot
        var builder = KeyBuilder()
        unsafe player.withUnsafeBytes { unsafe builder.setPlayer($0) }
        prefix = unsafe Array(builder.key)
        cursor = Cursor(store.database, store.index, snapshot: snapshot)
        unsafe prefix.withUnsafeBytes { unsafe cursor.seek(to: $0) }
    }

    /// Returns the next sessions, from `wanted` to fewer than twice as many, and whether these are the last.
    mutating func next(
        _ wanted: Int
    ) throws(RocksDBError) -> (candidates: [SessionQuery.Candidate], isLast: Bool) {
        var candidates: [SessionQuery.Candidate] = []
        while true {
            var page: [(end: Int64, session: [UInt8])] = []
            // A session that ended by the cutoff also started by then, as did all later entries of the index.
            while page.count < wanted, try cursor.isValid(), unsafe cursor.key.starts(with: prefix),
                let key = unsafe IndexKey(cursor.key), key.end > cutoff
            {
                page.append((key.end, unsafe Array(key.session)))
                cursor.advance()
            }
            candidates += try check(page)
            if page.count < wanted { return (candidates, true) }
            if candidates.count >= wanted { return (candidates, false) }
        }
    }

    /// Returns the sessions whose index entries agree with their records.
    private func check(
        _ page: [(end: Int64, session: [UInt8])]
    ) throws(RocksDBError) -> [SessionQuery.Candidate] {
        let memoryKeys = page.map { player + PackedIdentifier.pack($0.session) }
        var keys = KeyBatch()
        for key in memoryKeys {
            let stored = prefix.prefix(2) + key
            unsafe stored.withUnsafeBytes { unsafe keys.append($0) }
        }
        var records = [StoredRecord](repeating: .empty, count: page.count)
        unsafe try keys.lookUp(in: store.database, store.records, snapshot: snapshot) { index, value in
            if let record = unsafe StoredRecord.decode(value)?.record { records[index] = record }
        }
        return page.indices.compactMap { index in
            let record = records[index]
            guard record.isComplete, record.end == page[index].end, record.start > cutoff,
                let country = CountryCode(rawValue: record.country)
            else { return nil }
            return SessionQuery.Candidate(
                session: Session(
                    sessionID: Identifier(unchecked: page[index].session),
                    country: country,
                    start: Timestamp(microseconds: record.start),
                    end: Timestamp(microseconds: record.end)
                ),
                key: memoryKeys[index]
            )
        }
    }
}
