import Glibc
import Logging
import PlayerSessions

extension RocksDBStore {
    /// The most memory that each of `Options.hotSessions` takes in two memtables, in bytes.
    public static let bytesOfHotSession = 300
}

/// Checks the system resources that an embedded store needs, before anything of it is opened.
///
/// Without them it would open and then fail, or be killed by a signal, when the first memtable is full.
struct StoreResources {
    /// With less free space, a new store's own files and the journal's first batches would fill the disk.
    static let leastFreeBytes = 64 << 20
    /// The space for a session in the journal and, before that shrinks, in the runs.
    private static let bytesOfSession = 300
    /// The least acceptable limit on file sizes, which the runs of a large store must not reach.
    private static let leastFileBytes = 1 << 30

    let options: RocksDBStore.Options
    let files: StoreFiles
    let logger: Logger

    /// Throws an error that names what is missing and what to do about it.
    func check() throws(SessionStoreError) {
        try checkFileSize()
        try checkDisk()
        try checkMemory()
    }

    /// A write beyond `ulimit -f` kills the process by a signal.
    private func checkFileSize() throws(SessionStoreError) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
            limit.rlim_cur < StoreResources.leastFileBytes
        else { return }
        throw files.unusable(
            "files may have \(limit.rlim_cur) bytes, and the store's have up to many GiB",
            hint: "lift the limit: ulimit -f unlimited, or LimitFSIZE=infinity of its unit"
        )
    }

    private func checkDisk() throws(SessionStoreError) {
        guard let space = DiskSpace(of: files.path) else { return }
        let free = space.freeBytes
        guard free >= StoreResources.leastFreeBytes || isStore else {
            throw files.unusable(
                "its disk has \(free >> 20) MiB left, and the store needs \(StoreResources.leastFreeBytes >> 20) MiB",
                hint: "free some space on the disk, or choose another directory"
            )
        }
        guard space.hasRoomForFiles else {
            throw files.unusable("its disk can hold no more files", hint: "delete files on the disk")
        }
        let wanted = StoreResources.leastFreeBytes + options.hotSessions * StoreResources.bytesOfSession
        guard free < wanted else { return }
        logger.log(
            .warning,
            "the disk may become full before the journal shrinks",
            [
                "path": files.path, "free_mib": "\(free >> 20)", "wanted_mib": "\(wanted >> 20)",
                "hint": "free some space on the disk, or lower hot_sessions",
            ]
        )
    }

    /// Whether there is a database already.
    ///
    /// Opening it frees what an interrupted compaction wrote, and it answers queries with little free space while
    /// batches are refused. If there is too little even to open it, RocksDB reports that.
    private var isStore: Bool { unsafe access(files.databasePath + "/CURRENT", F_OK) == 0 }

    private func checkMemory() throws(SessionStoreError) {
        let memtable = HotSessions.mappedBytes(capacity: options.hotSessions, slack: StoreOpening.slack)
        let bytes = 2 * memtable + options.blockCacheBytes
        do throws(SessionStoreError) {
            _ = try MappedMemory(bytes: bytes)
        } catch {
            throw files.unusable(error.reason, hint: error.hint)
        }
    }
}
