import Glibc
import PlayerSessions
import Synchronization

/// The directory of a store: who holds it, and in which format it is.
///
/// It holds the ids of players, so it is readable by its owner alone: what this process makes from then on is made
/// 0700 and 0600, RocksDB's files included, which go by the process's umask; and a directory that everybody may enter,
/// as earlier versions made it, is closed. One that its group may enter and others may not is left as its owner wants it.
///
/// | name | holds |
/// |---|---|
/// | `LOCK` | an advisory lock of the process that has the store open |
/// | `FORMAT` | the version of everything beside it, as text |
/// | `COMMITTED` | how far the journal has reached the runs; see `CommitWitness` |
/// | `filter/` | the log of the membership filter; see `MembershipLog` |
/// | `KNOWN_TIME` | the time that purges go by; see `PurgeClock` |
/// | `journal/` | the groups that the runs do not hold yet; see `Journal` |
/// | `db/` | the RocksDB database |
/// | `flush/` | sorted runs under construction; left over after a crash, and then deleted; see `LostRun` |
@safe final class StoreFiles: Sendable {
    /// The version of the stored form that this program reads and writes.
    static let format = 2
    /// The version before, whose journal is in the database: see `FormerJournal`.
    static let formerFormat = 1

    /// The store's directory.
    let path: String
    /// The descriptor of `LOCK`, -1 once it was closed.
    private let lock = Atomic<Int32>(-1)
    private let isOfFormerFormat = Atomic(false)
    /// `F_OFD_SETLK` of <fcntl.h>, which hides it from Swift behind `_GNU_SOURCE`.
    private static let setLock: Int32 = 37

    /// A sorted run under construction, in the order in which the runs of a generation are taken in.
    enum Run: String, CaseIterable {
        case index, records, starts
    }

    var databasePath: String { path + "/db" }
    var flushPath: String { path + "/flush" }
    var journalPath: String { path + "/journal" }
    private var filterPath: String { path + "/filter" }
    /// The log of the membership filter.
    var membershipPath: String { filterPath + "/keys" }
    /// Another one that is being made.
    var membershipSuccessorPath: String { filterPath + "/keys.new" }

    /// Where a run is written.
    func path(of run: Run) -> String { "\(flushPath)/\(run.rawValue).sst" }

    /// Takes the directory for this process; where there is no store yet, it is made if that is wanted.
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
            // RocksDB would make this one, too, but nobody would sync the entry in the directory above.
            try makeDirectory(databasePath)
            try makeDirectory(journalPath)
            try makeDirectory(filterPath)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Lets other processes have the directory.
    func close() {
        // Two may close a store at once, and the second must not close whatever has the number by then.
        let descriptor = lock.exchange(-1, ordering: .acquiringAndReleasing)
        guard descriptor >= 0 else { return }
        // Not by closing alone: a process that is just being started has a copy of the descriptor until it is another
        // program, and the lock lasts as long as the last copy.
        var request = StoreFiles.lockRequest(F_UNLCK)
        _ = unsafe fcntl(descriptor, StoreFiles.setLock, &request)
        Glibc.close(descriptor)
    }

    /// A lock of all of a file, or the end of one.
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
            // Made by somebody who gave us no right to read the directory above: that one's entry is theirs to sync.
            guard unsafe access(directory + "/..", R_OK) == 0 else { return }
        }
        // Also where it was there: whoever made it may have died before it got to this.
        try syncDirectory(directory + "/..")
    }

    /// Takes away the rights of everybody else, where they have some; that of a directory of another user is left.
    private func closeToOthers() throws(SessionStoreError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw systemError("cannot look at \(path)") }
        guard status.st_mode & 0o007 != 0, status.st_uid == geteuid() else { return }
        guard unsafe chmod(path, 0o700) == 0 else { throw systemError("cannot close \(path) to others") }
    }

    /// Makes the entries of a directory last.
    func syncDirectory(_ directory: String) throws(SessionStoreError) {
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open \(directory)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("cannot sync \(directory)") }
    }

    /// Makes the name of the membership filter's log last.
    func syncMembershipDirectory() throws(SessionStoreError) { try syncDirectory(filterPath) }

    private func takeLock() throws(SessionStoreError) {
        let name = path + "/LOCK"
        let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot open \(name)") }
        // A lock of the open file description: unlike a process's, it also holds against this process itself.
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
            // Before the file that says that there is a store: without its journal it would be one that has lost events.
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

    /// Whether the store is of the format before, and has to be brought to this one.
    var isFormer: Bool { isOfFormerFormat.load(ordering: .relaxed) }

    /// Notes that the store is of this format now; nothing of the former one may be left.
    func noteFormat() throws(SessionStoreError) {
        try writeFormat(path + "/FORMAT")
        isOfFormerFormat.store(false, ordering: .relaxed)
    }

    /// Puts a small file in the place of the former one, as a whole; whoever needs its name to last syncs the directory.
    func replace(_ name: String, by text: String) throws(SessionStoreError) {
        let temporary = name + ".new"
        // What lies there, left over or planted, is removed and not written through.
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

    /// The first line of a small file, `nil` where there is none.
    func readLine(_ name: String) throws(SessionStoreError) -> String? {
        let descriptor = unsafe open(name, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw systemError("cannot open \(name)")
        }
        defer { Glibc.close(descriptor) }
        return readSmallFile(descriptor)?.trimmingNewline ?? ""
    }

    /// The names of what a directory holds; `nil` where it cannot be read.
    static func names(in path: String) -> [String]? {
        guard let directory = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a log of the membership filter that was not ready when its process ended.
    func removeMembershipSuccessor() { _ = unsafe unlink(membershipSuccessorPath) }

    /// Removes the runs that nobody will take in any more.
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

/// The first bytes of a file of at most a line, `nil` where it cannot be read.
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
