import PlayerSessions

/// The sequence of the last group that the runs certainly hold, kept in a file of its own beside the database.
///
/// A flipped bit in RocksDB's MANIFEST can look like the torn tail that a crash leaves: the database then opens as it
/// was earlier, and where the journal has been emptied since, nothing in it shows that. This file does.
struct CommitWitness: Sendable {
    let files: StoreFiles

    private var path: String { files.path + "/COMMITTED" }

    /// Notes that the runs durably hold all groups through `sequence`; synced when it returns.
    ///
    /// To be called before the journal lets those groups go. A power loss may give the former number back, which is
    /// as true.
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

    /// Refuses a database that holds less than was noted; where nothing was noted yet, there is nothing to compare.
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
