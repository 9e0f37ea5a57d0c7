import PlayerSessions

@testable import CassandraStore

extension Statement {
    /// The row that a write writes, as the statement's text says it, at `time` µs of the cluster.
    func rowWrite(at time: Int64) -> RowWrite {
        let values = values
        func expiry(_ ttl: Int32) -> Int64? { ttl == 0 ? nil : time / 1_000_000 + Int64(ttl) }
        func write(_ table: String, _ key: [Value], _ clustering: [Value], _ timestamp: Int64) -> RowWrite {
            RowWrite(
                key: RowKey(partition: PartitionKey(table: table, key: key), clustering: clustering),
                timestamp: timestamp,
                second: time / 1_000_000
            )
        }
        var row: RowWrite
        switch self {
        case .addStart(let key, let candidate, let ttl), .settleStart(let key, let candidate, let ttl):
            row = write("facts", routingKey, [.text(key.session.bytes)], values[0].number ?? 0)
            row.cells[CellName(column: "starts", key: candidate.mapKey)] = values[3]
            row.expiry = expiry(ttl)
        case .setEnd(let key, let end, let ttl):
            row = write("facts", routingKey, [.text(key.session.bytes)], values[0].number ?? 0)
            row.cells[CellName(column: "end_us")] = .bigint(end)
            row.expiry = expiry(ttl)
        case .insertEnd(let key, let end, let ttl):
            row = write("ends", routingKey, [.bigint(-end), .text(key.session.bytes)], values[3].number ?? 0)
            row.inserts = true
            row.expiry = expiry(ttl)
        case .deleteEnd(let key, let end):
            row = write("ends", routingKey, [.bigint(-end), .text(key.session.bytes)], 3)
            row.deletes = true
        case .insertStart(_, let candidate, let ttl):
            row = write("rows", routingKey, Array(values[2..<6]), candidate.insertion)
            row.inserts = true
            row.expiry = expiry(ttl)
        case .deleteStart(_, let candidate):
            row = write("rows", routingKey, Array(values[3..<7]), candidate.deletion)
            row.deletes = true
        case .registerBucket(let bucket):
            row = write("buckets", routingKey, [.bigint(bucket)], 1)
            row.inserts = true
        case .insertMarker:
            row = write("totals", routingKey, [.int(0), values[1], values[2]], 1)
            row.inserts = true
            row.cells[CellName(column: "content")] = values[3]
        case .deleteMarker:
            row = write("totals", routingKey, [.int(0), values[1], values[2]], time)
            row.deletes = true
        case .setTotal(_, _, _, _, let version):
            row = write("totals", routingKey, [values[1], values[2], .blob([])], time)
            row.inserts = true
            row.cells[CellName(column: "content")] = values[3]
            row.cells[CellName(column: "changed")] = .bigint(version)
        case .advanceVersion, .setVersion:
            row = write("versions", routingKey, [], time)
            row.cells[CellName(column: "version")] = values[0]
        case .setCopiedVersion(_, let version):
            row = write("versions", routingKey, [], version)
            row.cells[CellName(column: "copied")] = .bigint(version)
        case .setHour(_, _, let count, let version, let ttl):
            row = write("hours", routingKey, [values[4]], version)
            row.cells[CellName(column: "session_count")] = .bigint(Int64(count))
            row.expiry = expiry(ttl)
        case .writeSetting:
            row = write("settings", routingKey, [], 1)
            row.cells[CellName(column: "value")] = values[1]
        case .claimSetting, .replaceSetting:
            row = write("settings", routingKey, [], time)
            row.cells[CellName(column: "value")] = values[1]
        case .probe(_, let instant):
            row = write("settings", routingKey, [], instant)
            row.cells[CellName(column: "value")] = values[1]
            row.expiry = expiry(86_400)
        case .trial(let timestamp):
            row = write("settings", routingKey, [], timestamp)
            row.cells[CellName(column: "value")] = .text(Array("trial".utf8))
            row.expiry = expiry(86_400)
        default:
            preconditionFailure("\(self) writes nothing")
        }
        return row
    }

    /// The partition that a read reads; `nil` for one of a whole table.
    var readPartition: PartitionKey? {
        switch self {
        case .readFacts, .readFactsOfPlayer, .scanFactsOfPlayer:
            PartitionKey(table: "facts", key: routingKey)
        case .readEnds: PartitionKey(table: "ends", key: routingKey)
        case .readStarts: PartitionKey(table: "rows", key: routingKey)
        case .readBuckets: PartitionKey(table: "buckets", key: routingKey)
        case .readMarkers, .readTotals: PartitionKey(table: "totals", key: routingKey)
        case .readVersion: PartitionKey(table: "versions", key: routingKey)
        case .readSetting: PartitionKey(table: "settings", key: routingKey)
        default: nil
        }
    }

    /// Whether a read of a partition gives the row of this key.
    func selects(_ clustering: [Value]) -> Bool {
        switch self {
        case .readFacts(let key): clustering[0] == .text(key.session.bytes)
        case .readFactsOfPlayer(_, let sessions): sessions.contains { clustering[0] == .text($0.bytes) }
        case .scanFactsOfPlayer(let key):
            key.session.bytes.lexicographicallyPrecedes(clustering[0].bytes ?? [])
        case .readStarts(_, _, let from, let until):
            (from..<until).contains(clustering[0].number ?? 0)
        case .readMarkers: (clustering[0].number ?? 0) <= 1
        case .readTotals(_, let tier, let units):
            clustering[0] == .int(tier.rawValue) && units.contains(clustering[1].number ?? 0)
        default: true
        }
    }

    /// The selected columns of a row.
    func columns(_ partition: [Value], _ clustering: [Value], _ row: StoredRow, at second: Int64) -> Row {
        func facts() -> Row { [row.map("starts", at: second), row.value("end_us", at: second)] }
        switch self {
        case .readFacts: return facts()
        case .readFactsOfPlayer: return [clustering[0]] + facts()
        case .scanFacts, .scanFactsOfPlayer: return [partition[0], clustering[0]] + facts()
        case .readEnds: return [.bigint(-(clustering[0].number ?? 0)), clustering[1]]
        case .readStarts: return [clustering[3]]
        case .readBuckets: return [clustering[0]]
        case .readMarkers: return clustering + [row.value("content", at: second)]
        case .readTotals:
            return [clustering[1], row.value("content", at: second), row.value("changed", at: second)]
        case .readVersion: return [row.value("version", at: second), row.value("copied", at: second)]
        case .readSetting: return [row.value("value", at: second)]
        default: preconditionFailure("\(self) reads no rows")
        }
    }

    /// The rows of a merged partition that the read gives, in the order of the table.
    ///
    /// Where nobody sees the order, and all fit in a page of `pageSize`, they are not sorted, which is what costs.
    func answer(
        _ rows: [[Value]: StoredRow],
        of partition: [Value],
        at second: Int64,
        pageSize: Int = 0
    ) -> [(clustering: [Value], row: Row)] {
        var found = rows.filter { selects($0.key) && $0.value.isLive(at: second) }.map { ($0.key, $0.value) }
        var isUnordered = false
        if case .readStarts = self { isUnordered = found.count <= pageSize }
        if !isUnordered { found.sort { $0.0.precedes($1.0) } }
        return found.map { ($0.0, columns(partition, $0.0, $0.1, at: second)) }
    }
}

extension [Value] {
    /// The order of clustering keys.
    func precedes(_ other: [Value]) -> Bool {
        for (left, right) in zip(self, other) where left != right {
            if let left = left.number, let right = right.number { return left < right }
            return (left.bytes ?? []).lexicographicallyPrecedes(right.bytes ?? [])
        }
        return count < other.count
    }
}
