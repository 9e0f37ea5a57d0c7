import PlayerSessions
import RocksDB
import Synchronization

/// An export of the sorted runs, as they were when it began.
final class RunExport: SessionExport {
    /// The sessions of a batch, few enough to limit memory and the time on a reader thread.
    static let sessionsPerBatch = 4_096

    private let store: StoreDatabase
    private let snapshot: Snapshot
    private let readers: ReaderPool
    /// The instant up to which sessions are forgotten.
    private let horizon: Int64?
    /// The stored key of the last session returned.
    private let last: Mutex<[UInt8]>

    init(
        store: StoreDatabase,
        snapshot: Snapshot,
        readers: ReaderPool,
        horizon: Timestamp?,
        after position: ExportPosition?
    ) {
        self.store = store
        self.snapshot = snapshot
        self.readers = readers
        self.horizon = horizon?.microseconds
        last = Mutex(position?.bytes ?? [])
    }

    func next() async throws(SessionStoreError) -> ExportedEvents? {
        try await readers.run(for: .local) { [self] in
            Result { () throws(SessionStoreError) in
                try translate("read the store's sessions") { () throws(RocksDBError) in try read() }
            }
        }
    }

    /// Returns whether a position can be one of this store's.
    static func isValid(_ position: ExportPosition) -> Bool {
        unsafe position.bytes.withUnsafeBytes { unsafe RecordKey($0) != nil }
    }

    private func read() throws(RocksDBError) -> ExportedEvents? {
        var cursor = Cursor(store.database, store.records, snapshot: snapshot)
        var key = last.withLock { $0 }
        unsafe key.withUnsafeBytes { unsafe cursor.seek(to: $0) }
        if try cursor.isValid(), unsafe cursor.key.elementsEqual(key) { cursor.advance() }
        var batch = Batch()
        var seen = 0
        while seen < RunExport.sessionsPerBatch, try cursor.isValid() {
            guard let parts = unsafe RecordKey(cursor.key),
                var record = unsafe StoredRecord.decode(cursor.value)?.record
            else {
                throw RocksDBError(operation: "read a session", message: "Corruption: its record is damaged")
            }
            if let horizon { record.forget(notAfter: horizon) }
            unsafe batch.add(record, parts.player, parts.session)
            seen += 1
            key = unsafe Array(cursor.key)
            cursor.advance()
        }
        guard seen > 0 else { return nil }
        last.withLock { $0 = key }
        return ExportedEvents(
            events: batch.events,
            sessions: batch.sessions,
            position: ExportPosition(bytes: key),
            share: RunExport.share(before: key)
        )
    }

    /// Estimates the share of sessions before a key, which begins with a hash that spreads players evenly.
    private static func share(before key: [UInt8]) -> Double {
        (Double(key[0]) * 256 + Double(key[1])) / 65_536
    }
}

/// The events of a batch under construction.
private struct Batch {
    var events = EventBatch(capacity: 2 * RunExport.sessionsPerBatch)
    var sessions = 0

    mutating func add(
        _ record: StoredRecord,
        _ player: UnsafeRawBufferPointer,
        _ session: UnsafeRawBufferPointer
    ) {
        guard record != .empty else { return }
        sessions += 1
        let player = unsafe SessionText.unpack(player)
        let session = unsafe SessionText.unpack(session)
        if record.hasStart, let country = CountryCode(rawValue: record.country) {
            append(country, player, session, record.start)
        }
        if record.hasEnd { append(nil, player, session, record.end) }
    }

    private mutating func append(
        _ country: CountryCode?,
        _ player: [UInt8],
        _ session: [UInt8],
        _ instant: Int64
    ) {
        events.append(
            country: country,
            playerID: player.span,
            sessionID: session.span,
            timestamp: Timestamp(microseconds: instant)
        )
    }
}
