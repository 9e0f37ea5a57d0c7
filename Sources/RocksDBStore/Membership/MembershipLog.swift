import Glibc
import PlayerSessions
import Synchronization

/// The file of the hashes of all sessions in the runs, from which the membership filter is made.
///
/// | bytes | of the header | | bytes | of a frame |
/// |---|---|---|---|---|
/// | 8 | `PSmembr1` | | 8 | how many hashes follow |
/// | 8 | the seed of the hashes | | 8 | the chain up to this frame |
/// | 8 | a random number | | 8 each | hashes |
///
/// Little-endian. The chain is a checksum of everything up to the end of a frame, beginning with the header's. One
/// thread at a time may append and use the properties; others may read meanwhile.
// Unchecked: its owner appends under a lock; `Reader` has its own state.
@safe final class MembershipLog: @unchecked Sendable {
    /// The most hashes of a frame: 512 KiB.
    static let maximumFrame = 1 << 16
    static let headerBytes = 24
    private static let frameBytes = 16
    private static let magic: UInt64 = 0x3172_626D_656D_5350

    private(set) var path: String
    let seed: UInt64
    /// The length of the log in bytes.
    private(set) var length: Int
    /// The checksum of all of it.
    private(set) var chain: UInt64
    let descriptor: Int32

    /// Returns the most bytes that appending this many sessions takes.
    static func bytes(sessions: Int) -> Int {
        8 * sessions + frameBytes * (sessions / maximumFrame + 1)
    }

    /// The number of hashes, or a few more.
    var entries: Int { (length - MembershipLog.headerBytes) / 8 }

    private init(path: String, descriptor: Int32, seed: UInt64, length: Int, chain: UInt64) {
        self.path = path
        self.descriptor = descriptor
        self.seed = seed
        self.length = length
        self.chain = chain
    }

    deinit { Glibc.close(descriptor) }

    /// Makes an empty log in place of a former file.
    static func create(
        _ path: String,
        seed: UInt64,
        salt: UInt64
    ) throws(SessionStoreError) -> MembershipLog {
        // Not truncated: another process may still read the former file.
        _ = unsafe unlink(path)
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw JournalSegment.failure("make \(path)") }
        let header = [magic.littleEndian, seed.littleEndian, salt.littleEndian]
        let log = MembershipLog(
            path: path,
            descriptor: descriptor,
            seed: seed,
            length: headerBytes,
            chain: checksum(header[...], 0)
        )
        try log.write(header, at: 0)
        return log
    }

    /// Opens the log that a mark refers to and truncates it there; `nil` if the file cannot be that log.
    ///
    /// `Reader` verifies that it is, and is whole.
    static func open(_ path: String, _ mark: MembershipMark) -> MembershipLog? {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        var header = [UInt64](repeating: 0, count: 3)
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            mark.length >= headerBytes, Int(status.st_size) >= mark.length,
            unsafe pread(descriptor, &header, headerBytes, 0) == headerBytes, header[0].littleEndian == magic,
            ftruncate(descriptor, off_t(mark.length)) == 0
        else {
            Glibc.close(descriptor)
            return nil
        }
        return MembershipLog(
            path: path,
            descriptor: descriptor,
            seed: header[1].littleEndian,
            length: mark.length,
            chain: mark.chain
        )
    }

    /// Returns the log's end as a mark of the runs up to `sequence`.
    func mark(_ sequence: UInt64) -> MembershipMark {
        MembershipMark(sequence: sequence, length: length, chain: chain)
    }

    /// Appends hashes; after an error the log is unusable.
    func append(_ hashes: [UInt64]) throws(SessionStoreError) {
        var begin = 0
        while begin < hashes.count {
            let end = min(begin + MembershipLog.maximumFrame, hashes.count)
            var frame: [UInt64] = [UInt64(end - begin).littleEndian, 0]
            frame.reserveCapacity(2 + end - begin)
            for hash in hashes[begin..<end] { frame.append(hash.littleEndian) }
            let next = MembershipLog.checksum(frame[...], chain)
            frame[1] = next.littleEndian
            try write(frame, at: length)
            length += 8 * frame.count
            chain = next
            begin = end
        }
    }

    /// Makes what was appended durable.
    func sync() throws(SessionStoreError) {
        guard fdatasync(descriptor) == 0 else { throw JournalSegment.failure("write \(path)") }
    }

    /// Renames the file, which is durable once its directory is synced.
    func rename(to other: String) throws(SessionStoreError) {
        guard unsafe Glibc.rename(path, other) == 0 else { throw JournalSegment.failure("rename \(path)") }
        path = other
    }

    /// Removes the file.
    func remove() { _ = unsafe unlink(path) }

    private func write(_ words: [UInt64], at offset: Int) throws(SessionStoreError) {
        var done = 0
        while done < 8 * words.count {
            let count = unsafe words.withUnsafeBytes { bytes in
                unsafe pwrite(
                    descriptor,
                    bytes.baseAddress.map { unsafe $0 + done },
                    bytes.count - done,
                    off_t(offset + done)
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw JournalSegment.failure("write \(path)") }
            done += count
        }
    }

    /// Returns the chain after these words; in a frame, the chain's own place counts as 0.
    private static func checksum(_ words: ArraySlice<UInt64>, _ seed: UInt64) -> UInt64 {
        unsafe words.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return seed }
            return unsafe KeyHash.hash(start.assumingMemoryBound(to: UInt8.self), bytes.count, seed)
        }
    }

    /// A log that is not whole, or is another one.
    struct Damage: Error {}
}

extension MembershipLog {
    /// Reads a log from its beginning and checks every byte of it.
    struct Reader {
        private let log: MembershipLog
        private let mark: MembershipMark
        private var chain: UInt64
        private var hasPassedMark = false
        /// What was read ahead; `unread` are its words not used yet.
        private var buffer = [UInt64](repeating: 0, count: 2 * (2 + MembershipLog.maximumFrame))
        private var unread = 0..<0
        /// The end of the frames returned so far.
        private(set) var position = headerBytes

        /// Begins to read a log, which must have `mark` at its place; throws if the header is not the log's.
        init(_ log: MembershipLog, _ mark: MembershipMark) throws(Damage) {
            self.log = log
            self.mark = mark
            var header = [UInt64](repeating: 0, count: 3)
            guard unsafe pread(log.descriptor, &header, headerBytes, 0) == headerBytes,
                header[0].littleEndian == magic, header[1].littleEndian == log.seed
            else { throw Damage() }
            chain = MembershipLog.checksum(header[...], 0)
            try checkMark()
        }

        /// Passes the next frame's hashes to `body`; returns `false` at `end`, which must be a length that the log had.
        mutating func next(end: Int, _ body: (Span<UInt64>) -> Void) throws(Damage) -> Bool {
            guard position < end else { return false }
            try fill(words: 2, end)
            let count = buffer[unread.lowerBound].littleEndian
            guard (1...UInt64(MembershipLog.maximumFrame)).contains(count) else { throw Damage() }
            let words = 2 + Int(count)
            try fill(words: words, end)
            let frame = unread.lowerBound..<unread.lowerBound + words
            let expected = buffer[frame.lowerBound + 1].littleEndian
            buffer[frame.lowerBound + 1] = 0
            chain = MembershipLog.checksum(buffer[frame], chain)
            guard chain == expected else { throw Damage() }
            for index in frame { buffer[index] = UInt64(littleEndian: buffer[index]) }
            unread = frame.upperBound..<unread.upperBound
            position += 8 * words
            try checkMark()
            body(buffer.span.extracting(frame.lowerBound + 2..<frame.upperBound))
            return true
        }

        /// Reads on until this many words are unread.
        private mutating func fill(words: Int, _ end: Int) throws(Damage) {
            guard unread.count < words else { return }
            buffer.replaceSubrange(0..<unread.count, with: buffer[unread])
            unread = 0..<unread.count
            let offset = position + 8 * unread.count
            let wanted = min(buffer.count - unread.count, (end - offset) / 8)
            guard unread.count + wanted >= words else { throw Damage() }
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    log.descriptor,
                    bytes.baseAddress.map { unsafe $0 + 8 * unread.count },
                    8 * wanted,
                    off_t(offset)
                )
            }
            guard count == 8 * wanted else { throw Damage() }
            unread = 0..<unread.count + wanted
        }

        /// Checks that a frame ends at the mark, with the mark's chain.
        private mutating func checkMark() throws(Damage) {
            if position == mark.length {
                guard chain == mark.chain else { throw Damage() }
                hasPassedMark = true
            } else if position > mark.length, !hasPassedMark {
                throw Damage()
            }
        }
    }
}
