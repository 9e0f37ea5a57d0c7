import Glibc
import PlayerSessions
import RocksDB

/// Writes a memtable's sessions as two sorted runs: the records, and the index of complete sessions by end.
@safe struct SessionRuns {
    /// A record and the first bytes of its key, which decide most comparisons.
    private struct Item {
        var prefix: UInt64
        var reference: HotSessions.Reference
    }

    /// A change of the index for one session.
    private struct IndexChange {
        var end: Int64
        var reference: HotSessions.Reference
        var isPut: Bool
    }

    /// How many records ahead to prefetch: they are stored in order of arrival, so each one is a cache miss.
    private static let prefetchDistance = 8

    private let sessions: HotSessions
    private let store: StoreDatabase

    /// Prepares to write these sessions, which must no longer change.
    init(_ sessions: HotSessions, _ store: StoreDatabase) {
        self.sessions = sessions
        self.store = store
    }

    /// Writes and syncs both files; returns whether an index file was written (an empty one is skipped).
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
        var changes: [IndexChange] = []
        var position = 0
        while position < items.count {
            let player = unsafe sessions.record(items[position].reference).player
            unsafe builder.setPlayer(player)
            let prefixLength = builder.count
            changes.removeAll(keepingCapacity: true)
            while position < items.count {
                let reference = items[position].reference
                let record = sessions.record(reference)
                guard unsafe HotSessions.equal(record.player, player) else { break }
                let ahead = min(position + SessionRuns.prefetchDistance, items.count - 1)
                sessions.prefetchRecord(at: items[ahead].reference)
                builder.truncate(to: prefixLength)
                unsafe builder.append(record.session)
                let length = unsafe record.value.encode(to: value)
                try unsafe recordWriter.put(builder.key, UnsafeRawBufferPointer(start: value, count: length))
                addChanges(of: record, reference, to: &changes)
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
    /// The row is written even if `indexedEnd` says that the index has it. `indexedEnd` describes the memtables as they
    /// were rotated before a crash. A replay that rotates them elsewhere can have deleted that row meanwhile: a session
    /// that lost its start and got another one later in the same memtable was incomplete in between.
    private func addChanges(
        of record: HotSessions.Record,
        _ reference: HotSessions.Reference,
        to changes: inout [IndexChange]
    ) {
        let end = record.value.indexEnd
        let before = record.indexedEnd
        if end != StoredRecord.noEnd {
            changes.append(IndexChange(end: end, reference: reference, isPut: true))
        }
        if before != StoredRecord.noEnd, before != end {
            changes.append(IndexChange(end: before, reference: reference, isPut: false))
        }
    }

    private func write(
        _ changes: inout [IndexChange],
        _ prefixLength: Int,
        _ builder: inout KeyBuilder,
        _ writer: inout SSTFileWriter
    ) throws(RocksDBError) {
        if changes.count > 1 {
            changes.sort { left, right in
                guard left.end == right.end else { return left.end > right.end }
                return unsafe SessionText.precedes(
                    sessions.record(left.reference).session,
                    sessions.record(right.reference).session
                )
            }
        }
        for change in changes {
            builder.truncate(to: prefixLength)
            builder.append(end: change.end)
            _ = unsafe builder.append(textOf: sessions.record(change.reference).session)
            if change.isPut {
                try unsafe writer.put(builder.key, UnsafeRawBufferPointer(start: nil, count: 0))
            } else {
                try unsafe writer.delete(builder.key)
            }
        }
    }

    /// Returns all records in the order of their stored keys.
    ///
    /// A counting sort by hash comes first and leaves few records to compare.
    private func sorted() -> [Item] {
        var items: [Item] = []
        items.reserveCapacity(sessions.count)
        var ends = [Int](repeating: 0, count: Int(UInt16.max) + 1)
        sessions.forEachReference { reference in
            let player = unsafe sessions.record(reference).player
            let hash = unsafe KeyHash.stored(player)
            var prefix = UInt64(hash)
            for index in 0..<6 {
                prefix = prefix << 8 | (index < player.count ? UInt64(unsafe player[index]) : 0)
            }
            items.append(Item(prefix: prefix, reference: reference))
            ends[Int(hash)] += 1
        }
        var begins = ends
        var sum = 0
        for hash in ends.indices {
            begins[hash] = sum
            sum += ends[hash]
            ends[hash] = sum
        }
        return unsafe [Item](unsafeUninitializedCapacity: items.count) { buffer, count in
            var next = begins
            for item in items {
                let hash = Int(item.prefix >> 48)
                unsafe buffer.initializeElement(at: next[hash], to: item)
                next[hash] += 1
            }
            for hash in ends.indices where ends[hash] - begins[hash] > 1 {
                let group = begins[hash]..<ends[hash]
                for place in group { unsafe sessions.prefetchRecord(at: buffer[place].reference) }
                unsafe buffer[group].sort(by: precedes)
            }
            count = items.count
        }
    }

    /// Returns whether `left` has the smaller key; both have the same hash.
    private func precedes(_ left: Item, _ right: Item) -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        let first = unsafe sessions.record(left.reference).key
        let second = unsafe sessions.record(right.reference).key
        guard let firstStart = first.baseAddress, let secondStart = second.baseAddress else {
            return false
        }
        let order = unsafe memcmp(firstStart, secondStart, min(first.count, second.count))
        return order == 0 ? first.count < second.count : order < 0
    }
}
