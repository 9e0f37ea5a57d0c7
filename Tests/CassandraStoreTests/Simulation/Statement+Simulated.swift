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
        case .addClaim(let key, let claim, let ttl):
            row = write("facts", routingKey, [.text(key.session.bytes)], claim.writeTimestamp)
            row.cells[CellName(column: "starts", key: claim.mapKey)] = values[3]
            row.expiry = expiry(ttl)
        case .setLedger(let key, _, let ledger, let ttl), .overwriteLedger(let key, let ledger, let ttl):
            row = write("facts", routingKey, [.text(key.session.bytes)], time)
            row.cells[CellName(column: "ledger")] = .blob(ledger)
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
        case .log:
            row = write("log", routingKey, Array(values[3...]), 1)
            row.inserts = true
        case .deleteLog:
            preconditionFailure("a log is removed as a whole")
        case .insertFlushed(_, _, let ttl, let until):
            row = write("flushed", routingKey, Array(values[1...3]), until)
            row.inserts = true
            row.cells[CellName(column: "starts")] = values[4]
            row.cells[CellName(column: "digests")] = values[5]
            row.cells[CellName(column: "totals")] = values[6]
            row.cells[CellName(column: "first_us")] = values[7]
            row.cells[CellName(column: "last_us")] = values[8]
            row.expiry = expiry(ttl)
        case .registerBucket(let bucket):
            row = write("buckets", routingKey, [.bigint(bucket)], 1)
            row.inserts = true
        case .register(_, let process, let registration):
            row = write(
                "totals",
                routingKey,
                [.int(0), .bigint(0), .bigint(process.number)],
                registration.insertion
            )
            row.inserts = true
            row.cells[CellName(column: "content")] = .blob(registration.packed)
        case .deregister(_, let process, let registration):
            row = write(
                "totals",
                routingKey,
                [.int(0), .bigint(0), .bigint(process.number)],
                registration.deletion
            )
            row.deletes = true
        case .openGeneration(_, let generation):
            row = write("totals", routingKey, [], generation)
            row.cells[CellName(column: "open")] = .bigint(generation)
        case .fenceGenerations(_, let generation):
            row = write("totals", routingKey, [], generation)
            row.cells[CellName(column: "fence")] = .bigint(generation)
        case .setTotal(_, _, _, _, let version):
            row = write("totals", routingKey, [values[1], values[2], .bigint(0)], time)
            row.inserts = true
            row.cells[CellName(column: "content")] = values[3]
            row.cells[CellName(column: "changed")] = .bigint(version)
        case .setLastFlush, .setLastDigests:
            let tier = if case .setLastFlush = self { Tier.lastFlush } else { Tier.lastDigests }
            row = write("totals", routingKey, [.int(tier), .bigint(0), .bigint(0)], time)
            row.inserts = true
            row.cells[CellName(column: "content")] = values[1]
        case .advanceVersion, .setVersion:
            row = write("totals", routingKey, [], time)
            row.cells[CellName(column: "version")] = values[0]
            row.cells[CellName(column: "flushed")] = values[1]
        case .setKept(_, let days):
            row = write("totals", routingKey, [], time)
            row.cells[CellName(column: "kept")] = .bigint(days)
        case .setCopiedVersion(_, let version):
            row = write("totals", routingKey, [], version)
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
        case .readLogEntry, .readLog, .readLoggedStarts: PartitionKey(table: "log", key: routingKey)
        case .readFlushed, .readFlushedTotals, .readFlushedEntries:
            PartitionKey(table: "flushed", key: routingKey)
        case .readBuckets: PartitionKey(table: "buckets", key: routingKey)
        case .readState, .readStateSerially, .readMonth, .readUnits, .readTotals, .readLastFlush:
            PartitionKey(table: "totals", key: routingKey)
        case .readSetting: PartitionKey(table: "settings", key: routingKey)
        default: nil
        }
    }

    /// Whether a read is decided behind all conditional batches before it.
    var isSerial: Bool {
        switch self {
        case .readStateSerially: true
        default: false
        }
    }

    /// The table whose partitions' keys it reads; `nil` where it reads rows.
    var scannedTable: String? {
        switch self {
        case .scanSpans: "flushed"
        case .scanLogs: "log"
        default: nil
        }
    }

    /// Whether it removes a partition, whatever it holds.
    var isRemovalOfPartition: Bool { if case .deleteLog = self { true } else { false } }

    /// Whether all rows come in one page: there are never as many as a page has.
    var hasOnePage: Bool {
        switch self {
        case .readState, .readStateSerially, .readMonth, .readUnits, .readLastFlush: true
        default: false
        }
    }

    /// Whether a read of a partition gives the row of this key.
    func selects(_ clustering: [Value]) -> Bool {
        // What a partition says as a whole comes with its rows.
        if clustering.isEmpty { return readsSetting }
        switch self {
        case .readFacts(let key): return clustering[0] == .text(key.session.bytes)
        case .readFactsOfPlayer(_, let sessions):
            return sessions.contains { clustering[0] == .text($0.bytes) }
        case .scanFactsOfPlayer(let key):
            return key.session.bytes.lexicographicallyPrecedes(clustering[0].bytes ?? [])
        case .readLogEntry: return clustering == Array(values[3...])
        case .readLoggedStarts(_, _, let from, let until):
            return (from..<until).contains(clustering[0].number ?? 0)
        case .readFlushedTotals(_, let minutes):
            return minutes.contains(clustering[0].number ?? 0)
        case .readFlushed(let minute, let generations):
            return clustering[0].number == minute && generations.contains(clustering[1].number ?? 0)
        case .readFlushedEntries: return clustering == Array(values[1...])
        case .readState, .readStateSerially: return (clustering[0].number ?? 2) <= 1
        case .readMonth, .readUnits:
            guard case .unitKeys(let keys) = values[1] else { return false }
            return keys.contains { .int($0.tier) == clustering[0] && .bigint($0.unit) == clustering[1] }
        case .readTotals(_, let tier, let units):
            return clustering[0] == .int(tier.rawValue) && units.contains(clustering[1].number ?? 0)
        case .readLastFlush: return [.int(Tier.lastFlush), .int(Tier.lastDigests)].contains(clustering[0])
        default: return true
        }
    }

    private var readsSetting: Bool { if case .readSetting = self { true } else { false } }

    /// The selected columns of a row; `shared` is what its partition says as a whole.
    func columns(
        _ partition: [Value],
        _ clustering: [Value],
        _ row: StoredRow,
        _ shared: StoredRow,
        at second: Int64
    ) -> Row {
        func facts() -> Row { [row.map("starts", at: second), row.value("end_us", at: second)] }
        switch self {
        case .readFacts: return facts() + [row.value("ledger", at: second)]
        case .readFactsOfPlayer: return [clustering[0]] + facts()
        case .scanFacts, .scanFactsOfPlayer: return [partition[0], clustering[0]] + facts()
        case .readEnds: return [.bigint(-(clustering[0].number ?? 0)), clustering[1]]
        case .readLogEntry: return [clustering[4]]
        case .readLog: return clustering
        case .readLoggedStarts: return [clustering[0], clustering[3], clustering[4]]
        case .readFlushed: return clustering + [row.value("starts", at: second)]
        case .readFlushedTotals:
            return clustering + ["totals", "first_us", "last_us"].map { row.value($0, at: second) }
        case .readFlushedEntries:
            return [row.value("starts", at: second), row.value("digests", at: second)]
        case .readBuckets: return [clustering[0]]
        case .readState, .readStateSerially, .readMonth:
            let columns =
                [clustering[0], clustering[2], row.value("content", at: second)]
                + ["version", "copied", "flushed", "open", "fence", "kept"].map {
                    shared.value($0, at: second)
                }
            if case .readMonth = self { return columns + [clustering[1]] }
            return columns
        case .readUnits:
            return [
                clustering[0], clustering[1], row.value("content", at: second),
                row.value("changed", at: second), shared.value("version", at: second),
            ]
        case .readTotals:
            return [clustering[1], row.value("content", at: second), row.value("changed", at: second)]
        case .readLastFlush: return [clustering[0], row.value("content", at: second)]
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
        if case .readLog = self { isUnordered = found.count <= pageSize }
        if !isUnordered { found.sort { $0.0.precedes($1.0) } }
        let shared = rows[[]] ?? StoredRow()
        return found.map { ($0.0, columns(partition, $0.0, $0.1, shared, at: second)) }
    }

    /// Whether it is the condition of a batch that decides of sums or of a ledger.
    var isDecided: Bool {
        switch self {
        case .advanceVersion, .setLedger: true
        default: false
        }
    }

    /// Whether the condition of a conditional batch holds, whose first statement says it.
    func holds(_ rows: [[Value]: StoredRow], at second: Int64) -> Bool {
        switch self {
        case .advanceVersion(_, let expected, _, _):
            (rows[[]] ?? StoredRow()).value("version", at: second).number == expected
        case .setLedger(let key, let expected, _, _):
            (rows[[.text(key.session.bytes)]] ?? StoredRow()).value("ledger", at: second).bytes == expected
        default: preconditionFailure("\(self) is no condition")
        }
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
