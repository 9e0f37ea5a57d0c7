import Glibc
import PlayerSessions
import RocksDB

/// Writes a generation's sessions as two sorted runs: the records, and the index of complete sessions by end.
@safe struct SessionRuns {
    /// A record and the first bytes of its key, which decide most comparisons.
    private struct Item {
        var prefix: UInt64
        var reference: HotSessions.Reference
    }

    /// A change of the index for one session.
    private struct IndexChange {
        var end: Int64
        var session: [UInt8]
        var isPut: Bool
    }

    private let sessions: HotSessions
    private let store: StoreDatabase

    /// Prepares to write these sessions, which must no longer change.
    init(_ sessions: HotSessions, _ store: StoreDatabase) {
        self.sessions = sessions
        self.store = store
    }

    /// Writes and syncs both files; says whether there is an index file, which an empty one is not.
    func write(records: String, index: String) throws(RocksDBError) -> Bool {
        let items = sorted()
        var recordWriter = try SSTFileWriter(path: records, for: store.recordOptions)
        var indexWriter = try SSTFileWriter(path: index, for: store.indexOptions)
        var builder = KeyBuilder()
        let value = UnsafeMutableRawPointer.allocate(
            byteCount: StoredRecord.maximumBytes,
            alignment: 8
        )
        defer { unsafe value.deallocate() }
        var position = 0
        while position < items.count {
            let player = unsafe sessions.record(items[position].reference).player
            unsafe builder.setPlayer(player)
            let prefixLength = builder.count
            var changes: [IndexChange] = []
            while position < items.count {
                let record = sessions.record(items[position].reference)
                guard unsafe HotSessions.equal(record.player, player) else { break }
                builder.truncate(to: prefixLength)
                unsafe builder.append(record.session)
                let length = unsafe record.value.encode(to: value)
                try unsafe recordWriter.put(builder.key, UnsafeRawBufferPointer(start: value, count: length))
                addChanges(of: record, to: &changes)
                position += 1
            }
            try write(&changes, prefixLength, &builder, &indexWriter)
        }
        try recordWriter.finish()
        guard indexWriter.count > 0 else { return false }
        try indexWriter.finish()
        return true
    }

    /// Adds the row of a complete session, and the deletion of the row that it replaces.
    ///
    /// The row is written even where `indexedEnd` says that the index has it. `indexedEnd` is true of the generations
    /// as they were closed before a crash. A replay that closes them elsewhere can have deleted that row meanwhile: a
    /// session that forgot its start, and got another one later in the same generation, was incomplete in between.
    private func addChanges(of record: HotSessions.Record, to changes: inout [IndexChange]) {
        let end = record.value.indexEnd
        let before = record.indexedEnd
        guard end != StoredRecord.noEnd || before != StoredRecord.noEnd else { return }
        let session = unsafe SessionText.unpack(record.session)
        if end != StoredRecord.noEnd { changes.append(IndexChange(end: end, session: session, isPut: true)) }
        if before != StoredRecord.noEnd, before != end {
            changes.append(IndexChange(end: before, session: session, isPut: false))
        }
    }

    private func write(
        _ changes: inout [IndexChange],
        _ prefixLength: Int,
        _ builder: inout KeyBuilder,
        _ writer: inout SSTFileWriter
    ) throws(RocksDBError) {
        if changes.count > 1 {
            changes.sort {
                $0.end == $1.end ? $0.session.lexicographicallyPrecedes($1.session) : $0.end > $1.end
            }
        }
        for change in changes {
            builder.truncate(to: prefixLength)
            builder.append(end: change.end)
            unsafe change.session.withUnsafeBytes { unsafe builder.append($0) }
            if change.isPut {
                try unsafe writer.put(builder.key, UnsafeRawBufferPointer(start: nil, count: 0))
            } else {
                try unsafe writer.delete(builder.key)
            }
        }
    }

    /// All records in the order of their stored keys.
    private func sorted() -> [Item] {
        var items: [Item] = []
        items.reserveCapacity(sessions.count)
        sessions.forEachReference { reference in
            let player = unsafe sessions.record(reference).player
            var prefix = UInt64(unsafe KeyHash.stored(player))
            for index in 0..<6 {
                prefix = prefix << 8 | (index < player.count ? UInt64(unsafe player[index]) : 0)
            }
            items.append(Item(prefix: prefix, reference: reference))
        }
        items.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            let first = unsafe sessions.record(left.reference).key
            let second = unsafe sessions.record(right.reference).key
            guard let firstStart = first.baseAddress, let secondStart = second.baseAddress else {
                return false
            }
            let order = unsafe memcmp(firstStart, secondStart, min(first.count, second.count))
            return order == 0 ? first.count < second.count : order < 0
        }
        return items
    }
}
