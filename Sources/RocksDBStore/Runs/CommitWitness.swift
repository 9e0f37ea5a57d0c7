import PlayerSessions

/// The sequence of the last group that the runs certainly hold, in a file of its own beside the database.
///
/// A flipped bit in RocksDB's MANIFEST can look like the torn tail of a crash: the database then opens in an earlier
/// state. If the journal has been emptied since, only this file reveals it.
struct CommitWitness: Sendable {
    let files: StoreFiles

    private var path: String { files.path + "/COMMITTED" }

    /// Durably records that the runs hold all groups through `sequence`.
    ///
    /// Must be called before the journal releases those groups. A power loss may bring back the previous number, which
    /// is still correct.
    func write(_ sequence: UInt64) throws(SessionStoreError) {
        do throws(SessionStoreError) {
            try files.replace(path, by: "\(sequence)\n")
        } catch {
            throw SessionStoreError(
                .failed,
                operation: "note what the runs hold",
                reason: error.reason,
                hint: error.hint
            )
        }
    }

    /// Throws if the database holds less than was recorded; does nothing if nothing was recorded yet.
    func check(_ committed: UInt64) throws(SessionStoreError) {
        guard let text = try files.readLine(path) else { return }
        let hint = SessionStoreError.restoreHint
        guard let noted = UInt64(text) else {
            throw files.unusable("its file COMMITTED says \"\(text)\", not a number", hint: hint)
        }
        guard committed >= noted else {
            throw files.unusable(
                "the database holds the groups through \(committed), and had those through \(noted)",
                hint: hint
            )
        }
    }
}
