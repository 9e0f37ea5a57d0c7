import Glibc
import PlayerSessions

extension StoreFiles {
    /// The names that a store uses, including leftovers of a crash during its creation, and those at the root of a file
    /// system, so that a store may be a mount point.
    private static let ownNames: Set<String> = [
        "LOCK", "FORMAT", "FORMAT.new", "COMMITTED", "COMMITTED.new", "KNOWN_TIME", "KNOWN_TIME.new",
        "journal", "db", "flush", "filter", "lost+found",
    ]

    /// Throws if the directory is not a store yet and holds other files, most likely because the path is wrong.
    ///
    /// Must be called before anything is created in it.
    func checkForeignFiles() throws(SessionStoreError) {
        guard unsafe access(path + "/FORMAT", F_OK) != 0, let names = StoreFiles.names(in: path) else {
            // Later steps report any other problem with the path.
            return
        }
        let foreign = names.filter { !StoreFiles.ownNames.contains($0) }
        // The same name each time, whatever order the file system uses.
        guard let first = foreign.min() else { return }
        let others = foreign.count > 1 ? " and \(foreign.count - 1) more" : ""
        throw unusable(
            "the directory is no store and holds other files: \(first)\(others)",
            hint:
                "name an empty directory or one that does not exist yet, such as \(path)/player-sessions-data"
        )
    }
}
