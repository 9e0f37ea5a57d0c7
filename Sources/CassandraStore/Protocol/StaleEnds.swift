import Synchronization

/// Rows of the index by end that wait to be removed, because their session has a later end at quorum.
///
/// They wait for longer than any query lasts: a query that read past the place of the later end before it was written
/// must still find the earlier one. Rows lost with the process, or dropped because too many wait, only cost readers a
/// row each.
final class StaleEnds: Sendable {
    private struct Row {
        var key: SessionKey
        var end: Int64
        var due: Int64
    }

    private let access: ClusterAccess
    private let rows = Mutex<[Row]>([])

    /// How long a row waits, in ns: a minute, more than a query may take.
    static let delay: Int64 = 60_000_000_000
    /// The most rows that wait; further ones are dropped.
    static let maximumRows = 16_384

    init(_ access: ClusterAccess) {
        self.access = access
    }

    /// Queues a row for removal.
    func add(_ key: SessionKey, end: Int64) {
        let due = access.surroundings.elapsed() + StaleEnds.delay
        rows.withLock { rows in
            if rows.count < StaleEnds.maximumRows { rows.append(Row(key: key, end: end, due: due)) }
        }
    }

    /// Drops the rows: the later ends may have been set back.
    func forget() { rows.withLock { $0 = [] } }

    /// Removes the rows that have waited long enough; rows that cannot be removed are dropped.
    func sweep() async throws(ClusterError) {
        let now = access.surroundings.elapsed()
        let due = rows.withLock { rows in
            let count = rows.firstIndex { $0.due > now } ?? rows.count
            defer { rows.removeFirst(count) }
            return Array(rows.prefix(count))
        }
        _ = try await concurrently(due, limit: 16) { [access] row throws(ClusterError) in
            try await access.write(.deleteEnd(row.key, end: row.end))
        }
    }
}
