import Glibc
import PlayerSessions

extension StoreFiles {
    /// What a store has in its directory, or a crash may have left there before it was one; and what a file system has
    /// at its root, so that a store may be a disk of its own.
    private static let ownNames: Set<String> = [
        "LOCK", "FORMAT", "FORMAT.new", "COMMITTED", "COMMITTED.new", "KNOWN_TIME", "KNOWN_TIME.new",
        "journal", "db", "flush", "filter", "lost+found",
    ]

    /// Refuses a directory that is no store yet and holds files of something else: a wrong path, most likely.
    ///
    /// Has to come before anything is made in it.
    func checkForeignFiles() throws(SessionStoreError) {
        guard unsafe access(path + "/FORMAT", F_OK) != 0, let names = StoreFiles.names(in: path) else {
            // What else may be wrong with the path is found by whoever goes on with it.
            return
        }
        let foreign = names.filter { !StoreFiles.ownNames.contains($0) }
        // The same one each time, whatever order the file system has.
        guard let first = foreign.min() else { return }
        let others = foreign.count > 1 ? " and \(foreign.count - 1) more" : ""
        throw unusable(
            "the directory is no store and holds other files: \(first)\(others)",
            hint:
                "name an empty directory or one that does not exist yet, such as \(path)/player-sessions-data"
        )
    }
}
