import Glibc
import PlayerSessions

/// One file of the journal, open for writing.
///
/// Its blocks are filled with zeros before they are needed, and reused in later rounds: a sync of existing blocks has
/// no size and no allocation to make durable, which takes about half the time.
@safe final class JournalSegment {
    let path: String
    private let descriptor: Int32
    /// The offset of the next record.
    private(set) var position: Int
    /// The size of the file in bytes.
    private(set) var size: Int

    /// What a file grows by, and so what a sync writes beside the group that needed the space.
    private static let zeros = [UInt8](repeating: 0, count: 256 << 10)

    private let maximumBytes: Int

    /// Opens a file, or creates it if `isNew`, and continues at `position`.
    ///
    /// It is extended ahead of the writes, up to `maximumBytes`.
    init(_ path: String, isNew: Bool, position: Int = 0, maximumBytes: Int) throws(SessionStoreError) {
        let flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (isNew ? O_CREAT | O_EXCL : 0)
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw JournalSegment.failure("open \(path)") }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let failure = JournalSegment.failure("open \(path)")
            Glibc.close(descriptor)
            throw failure
        }
        self.path = path
        self.descriptor = descriptor
        self.position = position
        self.maximumBytes = maximumBytes
        size = Int(status.st_size)
    }

    deinit { Glibc.close(descriptor) }

    /// Writes a record, which is whole blocks; the next one overwrites it unless it `stays`.
    func write(_ record: UnsafeRawBufferPointer, stays: Bool = true) throws(SessionStoreError) {
        unsafe try write(record, at: position)
        let end = position + record.count
        if end > size {
            size = end
            try grow()
        }
        if stays { position = end }
    }

    /// Makes what was written durable.
    func sync() throws(SessionStoreError) {
        guard fdatasync(descriptor) == 0 else { throw JournalSegment.failure("write to the journal") }
    }

    /// Extends the file by a piece of zeros, up to its usual size.
    func grow() throws(SessionStoreError) {
        let count = min(maximumBytes - size, JournalSegment.zeros.count)
        guard count > 0 else { return }
        unsafe try JournalSegment.zeros.withUnsafeBufferPointer { bytes throws(SessionStoreError) in
            unsafe try write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<count])), at: size)
        }
        size += count
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SessionStoreError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw JournalSegment.failure("write to the journal") }
            done += count
        }
    }

    /// Returns the system's last error, with a hint on what would help.
    static func failure(_ operation: String) -> SessionStoreError {
        let code = errno
        let hint: String? =
            switch code {
            case ENOSPC, EDQUOT: "free some space on the disk, then start again"
            case EMFILE, ENFILE: "raise ulimit -n, or LimitNOFILE= of its unit, then start again"
            case EROFS, EACCES, EPERM: "the directory and its files must be writable for this user"
            default: nil
            }
        return SessionStoreError(
            .failed,
            operation: operation,
            reason: unsafe String(cString: strerror(code)),
            hint: hint
        )
    }
}
