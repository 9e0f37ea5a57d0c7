import Glibc
import PlayerSessions
import Synchronization

/// The directory of a store: its lock, its format and its paths.
///
/// It holds player ids, so only its owner may read it: this process creates everything with mode 0700 or 0600,
/// including RocksDB's files, which follow the umask. A directory open to everybody, as earlier versions created it, is
/// closed; one open only to its group stays as its owner set it.
///
/// | name | holds |
/// |---|---|
/// | `LOCK` | an advisory lock of the process that has the store open |
/// | `FORMAT` | the version of everything beside it, as text |
/// | `COMMITTED` | the sequence up to which the runs hold the journal; see `CommitWitness` |
/// | `filter/` | the log of the membership filter; see `MembershipLog` |
/// | `KNOWN_TIME` | the time that purges go by; see `PurgeClock` |
/// | `journal/` | the groups that the runs do not hold yet; see `Journal` |
/// | `db/` | the RocksDB database |
/// | `flush/` | sorted runs under construction; leftovers of a crash are deleted, see `LostRun` |
@safe final class StoreFiles: Sendable {
    /// The version of the stored form that this program reads and writes.
    static let format = 2
    /// The previous version, whose journal is in the database; see `LegacyJournal`.
    static let formerFormat = 1

    /// The store's directory.
    let path: String
    /// The descriptor of `LOCK`, -1 if it is closed.
    private let lock = Atomic<Int32>(-1)
    private let isOfFormerFormat = Atomic(false)
    /// `F_OFD_SETLK` of <fcntl.h>, hidden from Swift behind `_GNU_SOURCE`.
    private static let setLock: Int32 = 37

    /// The sorted runs of a memtable, in the order in which they are ingested.
    enum Run: String, CaseIterable {
        case index, records, starts
    }

    var databasePath: String { path + "/db" }
    var flushPath: String { path + "/flush" }
    var journalPath: String { path + "/journal" }
    private var filterPath: String { path + "/filter" }
    /// The log of the membership filter.
    var membershipPath: String { filterPath + "/keys" }
    /// A new log that is to replace it, under construction.
    var membershipSuccessorPath: String { filterPath + "/keys.new" }

    /// Returns the path at which a run is written.
    func path(of run: Run) -> String { "\(flushPath)/\(run.rawValue).sst" }

    /// Locks the directory for this process; creates a missing store if `makesMissing` is set.
    init(path: String, makesMissing: Bool = true) throws(SessionStoreError) {
        self.path = path
        umask(0o077)
        if !makesMissing, unsafe access(path + "/FORMAT", F_OK) != 0, errno == ENOENT {
            throw unusable(
                "there is no store",
                hint: "the path must be that of a store that 'serve' has made"
            )
        }
        try checkForeignFiles()
        try makeDirectory(path)
        try takeLock()
        do throws(SessionStoreError) {
            try checkFormat()
            try closeToOthers()
            try makeDirectory(flushPath)
            // RocksDB would create this one, too, but would not sync the entry in the directory above.
            try makeDirectory(databasePath)
            try makeDirectory(journalPath)
            try makeDirectory(filterPath)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Releases the directory to other processes.
    func close() {
        // Two threads may close a store at once; the second must not close a reused descriptor number.
        let descriptor = lock.exchange(-1, ordering: .acquiringAndReleasing)
        guard descriptor >= 0 else { return }
        // Closing alone is not enough: a child process holds a copy of the descriptor from fork to exec, and the lock
        // lasts as long as the last copy.
        var request = StoreFiles.lockRequest(F_UNLCK)
        _ = unsafe fcntl(descriptor, StoreFiles.setLock, &request)
        Glibc.close(descriptor)
    }

    /// Returns a request to lock or unlock a whole file.
    private static func lockRequest(_ type: Int32) -> flock {
        var request = flock()
        request.l_type = Int16(type)
        request.l_whence = Int16(SEEK_SET)
        return request
    }

    func unusable(_ reason: String, hint: String? = nil) -> SessionStoreError {
        SessionStoreError(.unusable, operation: "open the store \(path)", reason: reason, hint: hint)
    }

    private func systemError(_ what: String) -> SessionStoreError {
        let code = errno
        let hint: String? =
            switch code {
            case EACCES, EROFS, EPERM: "the directory must be writable for this user"
            case ENOSPC: "free some space on the disk"
            case ENOENT: "the directory above it must exist"
            case ELOOP: "a store's own files must not be symbolic links"
            case ENOTDIR, EEXIST: "the path must be a directory, or free for one"
            default: nil
            }
        return unusable("\(what): \(unsafe String(cString: strerror(code)))", hint: hint)
    }

    private func makeDirectory(_ directory: String) throws(SessionStoreError) {
        if unsafe mkdir(directory, 0o700) != 0 {
            guard errno == EEXIST else { throw systemError("cannot make \(directory)") }
            // It exists, and we may not read the directory above; syncing the entry is up to whoever created it.
            guard unsafe access(directory + "/..", R_OK) == 0 else { return }
        }
        // Even if it existed: its creator may have died before this.
        try syncDirectory(directory + "/..")
    }

    /// Removes everybody else's access, if there is any; leaves a directory of another user alone.
    private func closeToOthers() throws(SessionStoreError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw systemError("cannot look at \(path)") }
        guard status.st_mode & 0o007 != 0, status.st_uid == geteuid() else { return }
        guard unsafe chmod(path, 0o700) == 0 else { throw systemError("cannot close \(path) to others") }
    }

    /// Makes the entries of a directory durable.
    func syncDirectory(_ directory: String) throws(SessionStoreError) {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open \(directory)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("cannot sync \(directory)") }
    }

    /// Makes the name of the membership filter's log durable.
    func syncMembershipDirectory() throws(SessionStoreError) { try syncDirectory(filterPath) }

    private func takeLock() throws(SessionStoreError) {
        let name = path + "/LOCK"
        let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot open \(name)") }
        // A lock of the open file description: unlike a process's lock, it also excludes this process itself.
        var request = StoreFiles.lockRequest(F_WRLCK)
        if unsafe fcntl(descriptor, StoreFiles.setLock, &request) == 0 {
            let text = "\(getpid())\n"
            _ = ftruncate(descriptor, 0)
            _ = unsafe pwrite(descriptor, text, text.utf8.count, 0)
            lock.store(descriptor, ordering: .releasing)
            return
        }
        let code = errno
        let holder = readSmallFile(descriptor).flatMap { Int32($0.trimmingNewline) }
        Glibc.close(descriptor)
        errno = code
        guard code == EAGAIN || code == EACCES else { throw systemError("cannot lock \(name)") }
        throw unusable(
            "it is held by "
                + (holder.map { "process \($0)\(StoreFiles.commandName(of: $0))" } ?? "another process"),
            hint:
                "stop that process, talk to it over HTTP, as 'import' does with --url in place of --store, or "
                + "choose another directory"
        )
    }

    private static func commandName(of process: Int32) -> String {
        let descriptor = unsafe open("/proc/\(process)/comm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { Glibc.close(descriptor) }
        return readSmallFile(descriptor).map { " (\($0.trimmingNewline))" } ?? ""
    }

    private func checkFormat() throws(SessionStoreError) {
        let name = path + "/FORMAT"
        guard let text = try readLine(name) else {
            guard unsafe access(databasePath, F_OK) != 0 else {
                throw unusable(
                    "its file FORMAT is missing",
                    hint: "restore the directory as a whole from a backup"
                )
            }
            // Create it before FORMAT, which marks a store: a store without a journal would be one that lost events.
            try makeDirectory(journalPath)
            return try writeFormat(name)
        }
        if text == "\(StoreFiles.format)" {
            guard unsafe access(journalPath, F_OK) == 0 || errno != ENOENT else {
                throw unusable(
                    "its directory journal is missing, which holds what was stored last",
                    hint: "restore the directory as a whole from a backup"
                )
            }
            return
        }
        if text == "\(StoreFiles.formerFormat)" {
            isOfFormerFormat.store(true, ordering: .relaxed)
            return
        }
        guard let version = Int(text), version > StoreFiles.format else {
            throw unusable(
                "its file FORMAT says \"\(text)\", not a version",
                hint: "restore it from a backup"
            )
        }
        throw unusable(
            "its format is \(version), and this program knows up to \(StoreFiles.format)",
            hint: "use the newer version of player-sessions that wrote it"
        )
    }

    private func writeFormat(_ name: String) throws(SessionStoreError) {
        try replace(name, by: "\(StoreFiles.format)\n")
        try syncDirectory(path)
    }

    /// Whether the store has the previous format and must be converted.
    var isFormer: Bool { isOfFormerFormat.load(ordering: .relaxed) }

    /// Records that the store now has the current format; nothing of the previous one may be left.
    func noteFormat() throws(SessionStoreError) {
        try writeFormat(path + "/FORMAT")
        isOfFormerFormat.store(false, ordering: .relaxed)
    }

    /// Replaces a small file atomically; the caller syncs the directory if the new name must be durable.
    func replace(_ name: String, by text: String) throws(SessionStoreError) {
        let temporary = name + ".new"
        // A file there, left over or planted, is removed and not written through.
        guard unsafe unlink(temporary) == 0 || errno == ENOENT else {
            throw systemError("cannot replace \(temporary)")
        }
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot make \(temporary)") }
        let isWritten =
            unsafe write(descriptor, text, text.utf8.count) == text.utf8.count && fsync(descriptor) == 0
        let failure = isWritten ? nil : systemError("cannot write \(temporary)")
        Glibc.close(descriptor)
        if let failure { throw failure }
        guard unsafe rename(temporary, name) == 0 else { throw systemError("cannot rename \(temporary)") }
    }

    /// Returns the text of a one-line file, `nil` if there is no file.
    func readLine(_ name: String) throws(SessionStoreError) -> String? {
        let descriptor = unsafe open(name, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw systemError("cannot open \(name)")
        }
        defer { Glibc.close(descriptor) }
        return readSmallFile(descriptor)?.trimmingNewline ?? ""
    }

    /// Returns the names in a directory, `nil` if it cannot be read.
    static func names(in path: String) -> [String]? {
        guard let directory = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(directory) else { break }
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return errno == 0 ? names : nil
    }

    /// Removes an unfinished log of the membership filter that a previous process left.
    func removeMembershipSuccessor() { _ = unsafe unlink(membershipSuccessorPath) }

    /// Removes the runs that will never be ingested.
    func removeLeftovers() throws(SessionStoreError) {
        guard let names = StoreFiles.names(in: flushPath) else {
            throw systemError("cannot read \(flushPath)")
        }
        for name in names {
            guard unsafe unlink(flushPath + "/" + name) == 0 else {
                throw systemError("cannot delete \(name)")
            }
        }
    }
}

/// Returns the first 256 bytes of a file, `nil` if it cannot be read.
private func readSmallFile(_ descriptor: Int32) -> String? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
}

extension String {
    fileprivate var trimmingNewline: String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
