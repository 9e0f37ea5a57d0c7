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
    var liveness: Cell?
    var cells: [CellName: Cell] = [:]

    mutating func apply(_ write: RowWrite) {
        if write.deletes { deletion = max(deletion, write.timestamp) }
        func cell(_ value: Value) -> Cell {
            Cell(timestamp: write.timestamp, value: value, expiry: write.expiry)
        }
        if write.inserts { merge(liveness: cell(.null)) }
        for (name, value) in write.cells { merge(name, cell(value)) }
    }

    mutating func merge(_ other: StoredRow) {
        deletion = max(deletion, other.deletion)
        if let other = other.liveness { merge(liveness: other) }
        for (name, cell) in other.cells { merge(name, cell) }
    }

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

    mutating func apply(_ write: RowWrite) {
        partitions[write.key.partition, default: [:]][write.key.clustering, default: StoredRow()].apply(write)
    }

    func partition(_ key: PartitionKey) -> [[Value]: StoredRow] { partitions[key] ?? [:] }
}
