import Glibc

/// Bytes in memory of their own, which do not move while nothing is appended.
///
/// An array's storage may not be pointed at between calls; this can, so that a transport writes from it while it
/// waits, and gives it back to be filled again.
@safe struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0

    init() {
        unsafe base = nil
    }

    deinit {
        unsafe free(base)
    }

    var isEmpty: Bool { count == 0 }

    /// The bytes; valid until the next change.
    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let source = more.baseAddress, more.count > 0 else { return }
        let target = unsafe reserve(more.count)
        unsafe target.copyMemory(from: source, byteCount: more.count)
        count += more.count
    }

    mutating func append(_ more: [UInt8]) {
        unsafe more.withUnsafeBytes { unsafe append($0) }
    }

    mutating func append(_ byte: UInt8) {
        unsafe reserve(1).storeBytes(of: byte, as: UInt8.self)
        count += 1
    }

    /// Appends an integer, its most significant byte first.
    mutating func append<Integer: FixedWidthInteger>(bigEndian integer: Integer) {
        unsafe reserve(MemoryLayout<Integer>.size).storeBytes(of: integer.bigEndian, as: Integer.self)
        count += MemoryLayout<Integer>.size
    }

    /// Appends the lowest `size` bytes of an integer, the least significant byte first.
    mutating func append(littleEndian integer: UInt64, size: Int) {
        let target = unsafe reserve(size)
        for index in 0..<size {
            let byte = UInt8(truncatingIfNeeded: integer >> (8 * UInt64(index)))
            unsafe target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
        count += size
    }

    /// Puts an integer where bytes are already.
    mutating func replace<Integer: FixedWidthInteger>(at offset: Int, bigEndian integer: Integer) {
        precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= count)
        guard let base = unsafe base else { return }
        unsafe base.storeBytes(of: integer.bigEndian, toByteOffset: offset, as: Integer.self)
    }

    /// Lets `body` write up to `limit` bytes behind the end; it answers how many it wrote.
    mutating func appendUpTo(_ limit: Int, _ body: (UnsafeMutableRawPointer) -> Int) {
        let written = unsafe body(reserve(limit))
        precondition(written >= 0 && written <= limit)
        count += written
    }

    mutating func removeFirst(_ removed: Int) {
        precondition(removed >= 0 && removed <= count)
        guard removed > 0, let base = unsafe base else { return }
        count -= removed
        unsafe memmove(base, base + removed, count)
    }

    /// Forgets what lies behind the first `kept` bytes.
    mutating func truncate(to kept: Int) {
        precondition(kept >= 0 && kept <= count)
        count = kept
    }

    /// Empties the buffer and keeps its memory.
    mutating func removeAll() {
        count = 0
    }

    /// Gives the memory back when it is more than `limit`, of an empty buffer.
    mutating func trim(to limit: Int) {
        guard count == 0, capacity > limit else { return }
        unsafe free(base)
        unsafe base = nil
        capacity = 0
    }

    /// Makes room for `more` bytes and answers the place behind the last one.
    private mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        let needed = count + more
        if let base = unsafe base, needed <= capacity { return unsafe base + count }
        capacity = max(needed, capacity * 2, 512)
        guard let grown = unsafe realloc(base, capacity) else { fatalError("out of memory") }
        unsafe base = grown
        return unsafe grown + count
    }
}

// The memory is reached through this one owner only, so it may go to another thread together with it.
extension ByteBuffer: @unchecked Sendable {}
