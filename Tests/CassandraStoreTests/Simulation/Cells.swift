@testable import CassandraStore

/// A table of the schema, a partition and a row of it.
struct RowKey: Hashable {
    var partition: PartitionKey
    var clustering: [Value]
}

/// A partition of a table.
struct PartitionKey: Hashable {
    var table: String
    var key: [Value]
}

/// A column, or an entry of a map in a column.
struct CellName: Hashable {
    var column: String
    var key: [UInt8] = []
}

/// A value with its write timestamp, and when it expires, in seconds.
struct Cell: Hashable {
    var timestamp: Int64
    var value: Value
    var expiry: Int64?

    /// Which of two writes of a cell stays, as Cassandra 5 decides (`Cells.resolveRegular`): the later timestamp;
    /// on equal ones what expires, then what expires later, then the greater value.
    func supersedes(_ other: Cell) -> Bool {
        if timestamp != other.timestamp { return timestamp > other.timestamp }
        switch (expiry, other.expiry) {
        case (let mine?, let theirs?) where mine != theirs: return mine > theirs
        case (nil, _?): return false
        case (_?, nil): return true
        default: return Cell.isGreater(value, other.value)
        }
    }

    func isLive(after deletion: Int64, at second: Int64) -> Bool {
        timestamp > deletion && expiry.map { second < $0 } ?? true
    }

    private static func isGreater(_ left: Value, _ right: Value) -> Bool {
        if let left = left.number, let right = right.number { return left > right }
        if let left = left.bytes, let right = right.bytes { return right.lexicographicallyPrecedes(left) }
        return false
    }
}

/// A write of one row.
struct RowWrite {
    var key: RowKey
    var timestamp: Int64
    /// When it was made, in seconds of the cluster's clock: from then on a tombstone is kept for its grace.
    var second: Int64
    /// Whether it removes the row as it was.
    var deletes = false
    /// Whether it is an INSERT, which makes a row even without a column.
    var inserts = false
    var cells: [CellName: Value] = [:]
    var expiry: Int64?
}

/// A row as a replica holds it: cells, and the timestamp up to which everything is deleted.
struct StoredRow {
    var deletion = Int64.min
    /// When the deletion was made, in seconds.
    var deletionSecond = Int64.min
    var liveness: Cell?
    var cells: [CellName: Cell] = [:]

    mutating func apply(_ write: RowWrite) {
        if write.deletes { delete(write.timestamp, at: write.second) }
        func cell(_ value: Value) -> Cell {
            Cell(timestamp: write.timestamp, value: value, expiry: write.expiry)
        }
        if write.inserts { merge(liveness: cell(.null)) }
        for (name, value) in write.cells { merge(name, cell(value)) }
    }

    mutating func merge(_ other: StoredRow) {
        delete(other.deletion, at: other.deletionSecond)
        if let other = other.liveness { merge(liveness: other) }
        for (name, cell) in other.cells { merge(name, cell) }
    }

    /// Of two deletions with one timestamp the one that was made later stays, as in Cassandra (`DeletionTime.supersedes`).
    private mutating func delete(_ timestamp: Int64, at second: Int64) {
        if (timestamp, second) > (deletion, deletionSecond) {
            (deletion, deletionSecond) = (timestamp, second)
        }
    }

    /// Drops what was deleted, and what expired, before a second, and the tombstone with it.
    mutating func purge(before second: Int64) {
        if deletionSecond < second, deletion > Int64.min {
            if liveness.map({ $0.timestamp <= deletion }) ?? false { liveness = nil }
            cells = cells.filter { $0.value.timestamp > deletion }
            (deletion, deletionSecond) = (Int64.min, Int64.min)
        }
        func isKept(_ cell: Cell) -> Bool { cell.expiry.map { $0 >= second } ?? true }
        if let known = liveness, !isKept(known) { liveness = nil }
        if !cells.values.allSatisfy(isKept) { cells = cells.filter { isKept($0.value) } }
    }

    /// Whether nothing is left, not even a tombstone.
    var isEmpty: Bool { deletion == Int64.min && liveness == nil && cells.isEmpty }

    private mutating func merge(liveness other: Cell) {
        if liveness.map({ other.supersedes($0) }) ?? true { liveness = other }
    }

    private mutating func merge(_ name: CellName, _ cell: Cell) {
        if cells[name].map({ cell.supersedes($0) }) ?? true { cells[name] = cell }
    }

    /// A deletion covers what has its timestamp or an earlier one.
    func isLive(at second: Int64) -> Bool {
        if liveness?.isLive(after: deletion, at: second) ?? false { return true }
        return cells.values.contains { $0.isLive(after: deletion, at: second) }
    }

    func value(_ column: String, at second: Int64) -> Value {
        guard let cell = cells[CellName(column: column)], cell.isLive(after: deletion, at: second)
        else { return .null }
        return cell.value
    }

    func map(_ column: String, at second: Int64) -> Value {
        let entries = cells.filter { $0.key.column == column && $0.value.isLive(after: deletion, at: second) }
            .map { Value.MapEntry(key: $0.key.key, value: $0.value.value.number ?? 0) }
        return .map(entries.sorted { $0.key.lexicographicallyPrecedes($1.key) })
    }
}

/// What one node holds.
struct Replica {
    private(set) var partitions: [PartitionKey: [[Value]: StoredRow]] = [:]
    /// When partitions were removed as a whole, in seconds: only logs are, whose rows all have the timestamp 1.
    private var removals: [PartitionKey: Int64] = [:]

    mutating func apply(_ write: RowWrite) {
        if isRemoved(write.key.partition) { return }
        partitions[write.key.partition, default: [:]][write.key.clustering, default: StoredRow()].apply(write)
    }

    mutating func remove(_ key: PartitionKey, at second: Int64) {
        partitions[key] = nil
        removals[key] = max(removals[key] ?? .min, second)
    }

    /// Whether a partition was removed, and that is remembered: nothing that is written there is seen.
    func isRemoved(_ key: PartitionKey) -> Bool { removals[key] != nil }

    func partition(_ key: PartitionKey) -> [[Value]: StoredRow] { partitions[key] ?? [:] }

    /// The keys of a table's partitions that have live rows, in their order.
    func liveKeys(of table: String, at second: Int64) -> [[Value]] {
        partitions.filter { $0.key.table == table && $0.value.values.contains { $0.isLive(at: second) } }
            .map(\.key.key).sorted { $0.precedes($1) }
    }

    /// Takes in what another replica has of a table, as a repair does.
    mutating func repair(_ table: String, from other: Replica) {
        for (key, second) in other.removals where key.table == table { remove(key, at: second) }
        for (key, rows) in other.partitions where key.table == table && !isRemoved(key) {
            partitions[key, default: [:]].merge(rows) { mine, theirs in
                var merged = mine
                merged.merge(theirs)
                return merged
            }
        }
    }

    /// Holds of some tables what another replica holds, and nothing else.
    mutating func replace(_ tables: [String], by other: Replica) {
        partitions = partitions.filter { !tables.contains($0.key.table) }
        removals = removals.filter { !tables.contains($0.key.table) }
        for (key, second) in other.removals where tables.contains(key.table) { removals[key] = second }
        for (key, rows) in other.partitions where tables.contains(key.table) { partitions[key] = rows }
    }

    /// Purges the tombstones of a table that were made before a second, as compactions do.
    mutating func purge(_ table: String, before second: Int64) {
        removals = removals.filter { $0.key.table != table || $0.value >= second }
        for key in partitions.keys where key.table == table {
            let rows = partitions[key]?.mapValues { row in
                var row = row
                row.purge(before: second)
                return row
            }
            partitions[key] = rows?.filter { !$0.value.isEmpty }
        }
    }
}
