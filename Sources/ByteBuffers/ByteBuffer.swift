import Glibc

/// Bytes in memory of their own, which do not move unless something is appended.
///
/// Pointers into an array are not valid between calls; pointers into this are, so a transport can write from it while
/// it waits, and a state machine can read from it. Helpers of a single module are extensions in that module.
@safe package struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    /// The size of the memory in bytes.
    @usableFromInline package internal(set) var capacity = 0
    /// The number of bytes.
    @usableFromInline package internal(set) var count = 0

    /// Makes an empty buffer without memory.
    @inlinable package init() {
        unsafe base = nil
    }

    @inlinable deinit {
        unsafe free(base)
    }

    @inlinable package var isEmpty: Bool { count == 0 }

    /// The bytes; valid until the next change.
    @inlinable package var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    /// The bytes, mutable in place; valid until the next change.
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

    @inlinable package mutating func append(_ byte: UInt8) {
        unsafe reserve(1).storeBytes(of: byte, as: UInt8.self)
        count += 1
    }

    /// Lets `body` write up to `limit` bytes after the end; it returns how many it wrote.
    @inlinable package mutating func appendUpTo(_ limit: Int, _ body: (UnsafeMutableRawPointer) -> Int) {
        let written = unsafe body(reserve(limit))
        precondition(written >= 0 && written <= limit)
        count += written
    }

    /// Reserves memory for `more` bytes and returns a pointer to the end of the bytes.
    @inlinable package mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        let needed = count + more
        if let base = unsafe base, needed <= capacity { return unsafe base + count }
        return unsafe grow(to: needed) + count
    }

    /// Removes the first bytes; moves all others.
    package mutating func removeFirst(_ removed: Int) {
        precondition(removed >= 0 && removed <= count)
        guard removed > 0, let base = unsafe base else { return }
        count -= removed
        unsafe memmove(base, base + removed, count)
    }

    /// Removes all bytes after the first `kept` ones.
    package mutating func truncate(to kept: Int) {
        precondition(kept >= 0 && kept <= count)
        count = kept
    }

    /// Removes all bytes and keeps the memory.
    @inlinable package mutating func removeAll() {
        count = 0
    }

    /// Removes all bytes and frees the memory.
    package mutating func release() {
        unsafe free(base)
        unsafe base = nil
        capacity = 0
        count = 0
    }

    /// Frees the memory if the buffer is empty and has more than `limit` bytes of it.
    @inlinable package mutating func trim(to limit: Int) {
        if count == 0, capacity > limit { release() }
    }

    /// Shrinks the memory to fit if it is more than `limit` and more than twice the bytes.
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

// Only this owner reaches the memory, so it may move to another thread together with it.
extension ByteBuffer: @unchecked Sendable {}
