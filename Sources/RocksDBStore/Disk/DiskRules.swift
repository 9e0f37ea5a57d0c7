import Glibc

/// Whether the disk has room for what the store may have to write before it can refuse more.
struct RoomRule {
    /// Room that is left at every time: the first half is for opening the store again, and what is
    /// accepted before the next look at the disk goes to the second.
    static let leastBytes = 2 * StoreResources.leastFreeBytes

    /// Whether batches are refused.
    private(set) var isShort = false

    /// The watermark where what is in memory can take this many bytes on the disk.
    static func watermark(unflushedBytes: Int) -> Int { leastBytes + unflushedBytes }

    /// How many bytes must be free for batches to be accepted: an eighth above the watermark once they are refused, so
    /// that the state does not flap.
    func neededBytes(watermark: Int) -> Int {
        watermark + (isShort ? watermark / 8 : 0)
    }

    /// Takes in a look at the disk.
    mutating func observe(freeBytes: Int, watermark: Int) {
        isShort = freeBytes < neededBytes(watermark: watermark)
    }
}

/// Whether RocksDB merges runs, or must not because the disk cannot hold a merge's input and output together.
///
/// RocksDB's C interface only counts failed merges. One that had no room leaves its input as it was, and would be tried
/// again, and fill the disk again.
struct MergeRule {
    /// Whether merges failed and none has gone well since.
    private(set) var hasFailed = false
    /// Whether no automatic merge may begin.
    private(set) var isPaused = false
    private var errors: UInt64

    /// Begins with the number of failed merges so far.
    init(errors: UInt64) {
        self.errors = errors
    }

    /// Takes in the number of failed merges, the room on the disk and for the largest merge, and whether a merge is due.
    mutating func observe(errors: UInt64, freeBytes: Int, neededBytes: Int, isMergeDue: Bool) {
        if errors > self.errors {
            self.errors = errors
            hasFailed = true
            isPaused = freeBytes < neededBytes
        } else if isPaused {
            isPaused = freeBytes < neededBytes
        } else if hasFailed {
            hasFailed = isMergeDue
        }
    }
}

extension Generation {
    /// A record in memory is written twice, as a record and in the index, where ids are text that may be longer.
    private static let runBytesOfSessionByte = 3

    /// The most bytes that bringing it to the runs can take: the runs, a file of its groups in the journal, and its part
    /// of the membership filter's log.
    var unflushedBytes: Int {
        Generation.runBytesOfSessionByte * sessions.usedBytes + starts.memoryBytes + journalBytes
            + MembershipLog.bytes(sessions: sessions.count)
    }
}

/// How much room a file system has for this process.
struct DiskSpace {
    /// Bytes that may still be written.
    let freeBytes: Int
    /// Whether it can hold more files.
    let hasRoomForFiles: Bool

    /// Asks the system about the disk that holds a path; `nil` where it does not tell.
    init?(of path: String) {
        var disk = statvfs()
        guard unsafe statvfs(path, &disk) == 0 else { return nil }
        let (bytes, isBeyond) = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
        freeBytes = isBeyond ? Int.max : Int(clamping: bytes)
        // File systems without a fixed number of inodes say 0 of 0.
        hasRoomForFiles = disk.f_files == 0 || disk.f_favail > 0
    }
}
