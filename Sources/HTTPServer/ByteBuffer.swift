import Glibc

/// Bytes in memory of their own, which do not move while nothing is appended.
///
/// An array's storage may not be pointed at between calls; this can, and its end can be padded with zeros.
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
        unsafe (target + count).copyMemory(from: source, byteCount: more.count)
        count += more.count
    }

    mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends a number that is not negative, in decimal digits.
    mutating func append(decimal number: Int) {
        var rest = number
        var digits = 1
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        let target = unsafe reserve(digits) + count
        rest = number
        for index in stride(from: digits - 1, through: 0, by: -1) {
            unsafe target.storeBytes(
                of: UInt8(ascii: "0") + UInt8(rest % 10),
                toByteOffset: index,
                as: UInt8.self
            )
            rest /= 10
        }
        count += digits
    }

    /// Replaces control characters from `start` on by spaces.
    mutating func replaceControls(from start: Int) {
        guard let base = unsafe base else { return }
        for index in start..<count {
            let byte = unsafe base.load(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == 0x7F {
                unsafe base.storeBytes(of: UInt8(ascii: " "), toByteOffset: index, as: UInt8.self)
            }
        }
    }

    /// Makes the `HTTPServer.bodyPadding` bytes behind the end readable and zero, without counting them.
    mutating func pad() {
        let target = unsafe reserve(HTTPServer.bodyPadding)
        unsafe memset(target + count, 0, HTTPServer.bodyPadding)
    }

    mutating func removeFirst(_ removed: Int) {
        guard removed > 0, let base = unsafe base else { return }
        count -= removed
        unsafe memmove(base, base + removed, count)
    }

    /// Empties the buffer and keeps its memory.
    mutating func removeAll() {
        count = 0
    }

    /// Empties the buffer and gives its memory back.
    mutating func release() {
        unsafe free(base)
        unsafe base = nil
        capacity = 0
        count = 0
    }

    /// Gives the memory back when it is more than `limit`, of an empty buffer.
    mutating func trim(to limit: Int) {
        if count == 0, capacity > limit { release() }
    }

    /// Makes room for `more` bytes and answers the start of the memory.
    private mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        let needed = count + more
        if let base = unsafe base, needed <= capacity { return unsafe base }
        capacity = max(needed, capacity * 2, 512)
        guard let grown = unsafe realloc(base, capacity) else {
            fatalError("out of memory")
        }
        unsafe base = grown
        return unsafe grown
    }
}
