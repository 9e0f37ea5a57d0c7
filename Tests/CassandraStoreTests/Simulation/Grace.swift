/// For how many seconds replicas keep the tombstones of each table: `gc_grace_seconds`.
struct Grace {
    /// Of rows of starts, of facts, and of every table that is made without a word about it.
    var usual: Int64 = 864_000
    /// Of a player's index by end.
    var ends: Int64 = 86_400
    /// Of registrations, and of logs that were flushed.
    var logs: Int64 = 10_800

    /// The tables that are repaired within their grace, as docs/cassandra.md asks.
    ///
    /// Of them a deletion that is older is on every replica. The others are not repaired; a row that a replica keeps of
    /// them comes back.
    static let repaired = ["facts", "flushed", "buckets", "hours", "settings"]
    /// All tables.
    static let tables = repaired + ["ends", "log", "totals"]

    /// The grace of a table.
    func seconds(_ table: String) -> Int64 {
        switch table {
        case "ends": ends
        case "log", "totals": logs
        default: usual
        }
    }
}
