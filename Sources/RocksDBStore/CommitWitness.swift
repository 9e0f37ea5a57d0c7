import Glibc
import PlayerSessions

/// The sequence of the last group that the runs certainly hold, kept in a file of its own beside the database.
///
/// A flipped bit in RocksDB's MANIFEST can look like the torn tail that a crash leaves: the database then opens as it
/// was earlier, and where the journal has been emptied since, nothing in it shows that. This file does.
struct CommitWitness: Sendable {
    private let path: String

    /// Makes the witness of a store's directory.
    init(directory: String) {
        path = directory + "/COMMITTED"
    }

    /// Notes that the runs durably hold all groups through `sequence`; synced when it returns.
    ///
    /// To be called before the journal lets those groups go. The bytes are overwritten in place: they lie in one sector.
    func write(_ sequence: UInt64) throws(SessionStoreError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        let digits = String(sequence)
        let text = String(repeating: "0", count: 20 - digits.utf8.count) + digits + "\n"
        guard unsafe pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count, fsync(descriptor) == 0
        else { throw failure("write") }
    }

    /// Refuses a database that holds less than was noted; where nothing was noted yet, there is nothing to compare.
    func check(_ committed: UInt64) throws(SessionStoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw failure("open") }
            return
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        guard let noted = UInt64(text.prefix { $0.isNumber }) else { throw damage("\(path) holds no number") }
        guard committed >= noted else {
            throw damage("the database holds the groups through \(committed), and had those through \(noted)")
        }
    }

    private func failure(_ what: String) -> SessionStoreError {
        let reason = unsafe String(cString: strerror(errno))
        return SessionStoreError(.failed, operation: "\(what) \(path)", reason: reason)
    }

    private func damage(_ reason: String) -> SessionStoreError {
        SessionStoreError(
            .unusable,
            operation: "open the store \(path.dropLast("/COMMITTED".count))",
            reason: reason,
            hint: "restore the directory from a backup, or keep it for inspection"
        )
    }
}
