import PlayerSessions
import RocksDB

@testable import RocksDBStore

/// What a store's column families hold, read past every rule of visibility.
struct PurgeInspection {
    /// What lies at or before the horizon, in words.
    var leftovers: [String] = []
    /// Months whose count is not the sum of their days, in words.
    var wrongMonths: [String] = []

    init(_ store: StoreDatabase, through horizon: Int64) throws {
        unsafe try PurgeInspection.forEach(store, store.records) { _, value in
            guard let record = unsafe StoredRecord.decode(value)?.record else {
                return leftovers.append("a record that cannot be read")
            }
            if record.hasStart, record.start <= horizon { leftovers.append("a start at \(record.start)") }
            if record.hasEnd, record.end <= horizon { leftovers.append("an end at \(record.end)") }
        }
        unsafe try PurgeInspection.forEach(store, store.index) { key, _ in
            guard let end = unsafe IndexKey(key)?.end else { return leftovers.append("a strange key") }
            if end <= horizon { leftovers.append("an entry of the index at \(end)") }
        }
        var months: [Int64: [UInt16: Int64]] = [:]
        unsafe try PurgeInspection.forEach(store, store.starts) { key, value in
            guard let level = unsafe key.first.flatMap(StartLevel.init(rawValue:)) else { return }
            guard let node = unsafe StartNode.decode(value),
                let number = unsafe UInt64(bigEndianBytes: UnsafeRawBufferPointer(rebasing: key[1...]))
            else { return leftovers.append("a node that cannot be read") }
            let bucket = Int64(number)
            if level.start(of: bucket + 1) - 1 <= horizon { leftovers.append("\(level) \(bucket)") }
            guard level == .month || level == .day else { return }
            let month = StartLevel.month.bucket(of: level.start(of: bucket))
            for total in node.totals {
                months[month, default: [:]][total.country, default: 0] +=
                    level == .month ? total.delta : -total.delta
            }
        }
        wrongMonths = months.filter { $0.value.contains { $0.value != 0 } }.map { "month \($0.key)" }
    }

    private static func forEach(
        _ store: StoreDatabase,
        _ family: ColumnFamily,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) throws {
        var cursor = Cursor(store.database, family, snapshot: nil)
        unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
        while try cursor.isValid() {
            unsafe body(cursor.key, cursor.value)
            cursor.advance()
        }
    }
}

extension RocksDBStore {
    /// Looks at what the purges left.
    func inspection(through horizon: Int64) throws -> PurgeInspection {
        let found = try inspect { store throws in try PurgeInspection(store, through: horizon) }
        guard let found else { throw SessionStoreError(.closing, operation: "inspect", reason: "closed") }
        return found
    }
}
