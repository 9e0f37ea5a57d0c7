import Glibc
import PlayerSessions

/// Zeroed memory of fixed size, of which only touched pages take space; it is unmapped as a whole.
@safe struct MappedMemory: ~Copyable {
    let start: UnsafeMutableRawPointer
    let bytes: Int

    private static let hugePageBytes = 2 << 20
    /// Pause after a huge page, usually at least as long as populating it; finding memory first takes 4 ms.
    private static let pauseMicroseconds: UInt32 = 2_000
    /// `MADV_HUGEPAGE` of <sys/mman.h>, which hides it from Swift.
    private static let hugePages: Int32 = 14
    /// `MADV_POPULATE_WRITE`, likewise.
    private static let populateWrite: Int32 = 23

    /// Reserves this many bytes; throws if the process may not have them.
    init(bytes: Int) throws(SessionStoreError) {
        let mapped = unsafe mmap(
            nil,
            bytes,
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            -1,
            0
        )
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            throw SessionStoreError(
                .failed,
                operation: "reserve memory",
                reason:
                    "the system gives no \(bytes >> 20) MiB of memory: \(unsafe String(cString: strerror(errno)))",
                hint:
                    "raise ulimit -v, ulimit -d, vm.overcommit_ratio or vm.max_map_count, whichever is too low, or "
                    + "lower hot_sessions or block_cache_megabytes"
            )
        }
        unsafe start = mapped
        // Random access to a large table profits from huge pages: fewer page faults, fewer TLB misses.
        if bytes >= MappedMemory.hugePageBytes { _ = unsafe madvise(mapped, bytes, MappedMemory.hugePages) }
        self.bytes = bytes
    }

    /// Zeroes all of it.
    func clear() { unsafe memset(start, 0, bytes) }

    /// Has the system zero every untouched page, so that nobody waits for that later; others may use the memory
    /// meanwhile.
    ///
    /// Pauses after each huge page to leave processor and kernel locks to others; stops when `isWanted` returns
    /// `false`. Does nothing if the system does not support it (Linux before 5.14).
    func populate(while isWanted: () -> Bool) {
        for offset in stride(from: 0, to: bytes, by: MappedMemory.hugePageBytes) {
            guard isWanted() else { return }
            let length = min(MappedMemory.hugePageBytes, bytes - offset)
            guard unsafe madvise(start + offset, length, MappedMemory.populateWrite) == 0 else { return }
            usleep(MappedMemory.pauseMicroseconds)
        }
    }

    deinit { unsafe munmap(start, bytes) }
}
