import Glibc

/// Decides whether the free space suffices for what the store may have to write before it can refuse more.
struct FreeSpaceRule {
    /// The space that must always stay free.
    ///
    /// The first half is for reopening the store, the second for what is accepted before the next check of the disk.
    static let leastBytes = 2 * StoreResources.leastFreeBytes

    private(set) var isShort = false

    /// Returns the watermark if the memtables can take this many bytes on the disk.
    static func watermark(unflushedBytes: Int) -> Int { leastBytes + unflushedBytes }

    /// Returns the free bytes needed to accept batches.
    ///
    /// While they are refused, this is an eighth above the watermark, so that the state does not flap.
    func neededBytes(watermark: Int) -> Int {
        watermark + (isShort ? watermark / 8 : 0)
    }

    /// Takes in a measurement of the disk.
    mutating func observe(freeBytes: Int, watermark: Int) {
        isShort = freeBytes < neededBytes(watermark: watermark)
    }
}

/// Decides whether RocksDB compacts runs, or pauses because the disk cannot hold a compaction's input and output
/// together.
///
/// RocksDB's C interface only counts failed compactions. One that ran out of space leaves its input as it was, and
/// would be retried and fill the disk again.
struct CompactionRule {
    /// Whether compactions failed and have not caught up since.
    private(set) var hasFailed = false
    /// Whether automatic compactions must not start.
    private(set) var isPaused = false
    private var errors: UInt64

    /// Starts with the number of failed compactions so far.
    init(errors: UInt64) {
        self.errors = errors
    }

    /// Takes in the failed compactions, the free space, what the largest compaction needs, and whether one is due.
    mutating func observe(errors: UInt64, freeBytes: Int, neededBytes: Int, isCompactionDue: Bool) {
        if errors > self.errors {
            self.errors = errors
            hasFailed = true
            isPaused = freeBytes < neededBytes
        } else if isPaused {
            isPaused = freeBytes < neededBytes
        } else if hasFailed {
            hasFailed = isCompactionDue
        }
    }
}

extension Memtable {
    /// A record in memory is written twice, as a record and in the index, where ids are text and may be longer.
    private static let runBytesOfSessionByte = 3

    /// The most bytes that flushing it can take on the disk: the runs, a journal file with its groups, and its part of
    /// the membership filter's log.
    var unflushedBytes: Int {
        Memtable.runBytesOfSessionByte * sessions.usedBytes + starts.memoryBytes + journalBytes
            + MembershipLog.bytes(sessions: sessions.count)
    }
}

/// The free space of a file system for this process.
struct DiskSpace {
    /// The bytes that may still be written.
    let freeBytes: Int
    /// Whether it can hold more files.
    let hasRoomForFiles: Bool

    /// Asks the system about the disk that holds `path`; `nil` if it does not tell.
    init?(of path: String) {
        var disk = statvfs()
        guard unsafe statvfs(path, &disk) == 0 else { return nil }
        let (bytes, isBeyond) = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
        freeBytes = isBeyond ? Int.max : Int(clamping: bytes)
        // File systems without a fixed number of inodes report 0 of 0.
        hasRoomForFiles = disk.f_files == 0 || disk.f_favail > 0
    }
}
