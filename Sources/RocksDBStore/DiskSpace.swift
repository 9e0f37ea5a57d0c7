import Glibc

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
