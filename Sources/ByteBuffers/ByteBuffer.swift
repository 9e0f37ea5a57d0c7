import Glibc

/// Bytes in memory of their own, which do not move while nothing is appended.
///
/// An array's storage may not be pointed at between calls; this can, so that a transport writes from it while it
/// waits, and a machine reads from it while it works. What only one module needs stands there, in extensions.
@safe package struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    /// How many bytes there is memory for.
    @usableFromInline package internal(set) var capacity = 0
    /// How many bytes there are.
    @usableFromInline package internal(set) var count = 0

    /// Makes an empty buffer, which has no memory yet.
    @inlinable package init() {
        unsafe base = nil
    }

    @inlinable deinit {
        unsafe free(base)
    }

    /// Whether there is no byte.
    @inlinable package var isEmpty: Bool { count == 0 }

    /// The bytes; valid until the next change.
    @inlinable package var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    /// The bytes, to be changed in place; valid until the next change.
    @inlinable package var mutableBytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    /// Appends a copy of bytes.
    @inlinable package mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let source = more.baseAddress, more.count > 0 else { return }
        let target = unsafe reserve(more.count)
        unsafe target.copyMemory(from: source, byteCount: more.count)
        count += more.count
    }

    /// Appends a byte.
    @inlinable package mutating func append(_ byte: UInt8) {
        unsafe reserve(1).storeBytes(of: byte, as: UInt8.self)
        count += 1
    }

    /// Lets `body` write up to `limit` bytes behind the end; it answers how many it wrote.
    @inlinable package mutating func appendUpTo(_ limit: Int, _ body: (UnsafeMutableRawPointer) -> Int) {
        let written = unsafe body(reserve(limit))
        precondition(written >= 0 && written <= limit)
        count += written
    }

    /// Makes room for `more` bytes and answers the place behind the last one.
    @inlinable package mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        let needed = count + more
        if let base = unsafe base, needed <= capacity { return unsafe base + count }
        return unsafe grow(to: needed) + count
    }

    /// Drops the first bytes; costs a move of those behind them.
    package mutating func removeFirst(_ removed: Int) {
        precondition(removed >= 0 && removed <= count)
        guard removed > 0, let base = unsafe base else { return }
        count -= removed
        unsafe memmove(base, base + removed, count)
    }

    /// Forgets what lies behind the first `kept` bytes.
    package mutating func truncate(to kept: Int) {
        precondition(kept >= 0 && kept <= count)
        count = kept
    }

    /// Empties the buffer and keeps its memory.
    @inlinable package mutating func removeAll() {
        count = 0
    }

    /// Empties the buffer and gives its memory back.
    package mutating func release() {
        unsafe free(base)
        unsafe base = nil
        capacity = 0
        count = 0
    }

    /// Gives the memory back when it is more than `limit`, of an empty buffer.
    @inlinable package mutating func trim(to limit: Int) {
        if count == 0, capacity > limit { release() }
    }

    /// Gives memory back that is more than `limit` and more than twice what the bytes need.
    package mutating func shrink(to limit: Int) {
        guard capacity > limit, capacity / 2 > count else { return }
        guard count > 0 else { return release() }
        guard let shrunk = unsafe realloc(base, count) else { return }
        unsafe base = shrunk
        capacity = count
    }

    @usableFromInline mutating func grow(to needed: Int) -> UnsafeMutableRawPointer {
        capacity = max(needed, capacity * 2, 512)
        guard let grown = unsafe realloc(base, capacity) else { fatalError("out of memory") }
        unsafe base = grown
        return unsafe grown
    }
}

// The memory is reached through this one owner only, so it may go to another thread together with it.
extension ByteBuffer: @unchecked Sendable {}
