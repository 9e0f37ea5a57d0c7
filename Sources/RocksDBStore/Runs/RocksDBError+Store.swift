import PlayerSessions
import RocksDB

/// Runs RocksDB calls and converts their errors into the store's.
func translate<Result>(
    _ operation: String,
    _ body: () throws(RocksDBError) -> Result
) throws(SessionStoreError) -> Result {
    do {
        return try body()
    } catch {
        throw SessionStoreError(.failed, operation: operation, reason: error.description, hint: error.hint)
    }
}

extension RocksDBError {
    /// Advice for the operator, if the message suggests any.
    var hint: String? {
        if message.contains("No space left") { return "free some space on the disk, then start again" }
        if message.contains("Too many open files") {
            return "raise ulimit -n, or LimitNOFILE= of its unit, then start again"
        }
        if message.contains("Read-only file system") || message.contains("Permission denied") {
            return "the directory and its files must be writable for this user"
        }
        if kind == .corruption { return SessionStoreError.restoreHint }
        return nil
    }
}

extension SessionStoreError {
    /// Advice for a directory whose files are damaged.
    static let restoreHint = "restore the directory from a backup, or keep it for inspection"
}
