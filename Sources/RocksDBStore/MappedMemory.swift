import Glibc

/// A zeroed stretch of memory of fixed size, of which only touched pages take room; given back in one piece.
@safe struct MappedMemory: ~Copyable {
    let start: UnsafeMutableRawPointer
    let bytes: Int

    /// Reserves this many bytes.
    init(bytes: Int) {
        let mapped = unsafe mmap(
            nil,
            bytes,
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            -1,
            0
        )
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            preconditionFailure("no address space for \(bytes) bytes: errno \(errno)")
        }
        unsafe start = mapped
        self.bytes = bytes
    }

    deinit { unsafe munmap(start, bytes) }
}
