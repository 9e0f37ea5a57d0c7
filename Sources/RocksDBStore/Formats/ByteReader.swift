/// Reads stored bytes from front to back, checking all bounds.
@safe struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// The number of bytes read.
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = unsafe bytes
    }

    var isAtEnd: Bool { unsafe bytes.count == offset }

    /// The bytes not read yet.
    var rest: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...]) }

    /// Reads a little-endian number; returns `nil` if too few bytes are left.
    mutating func read<Number: FixedWidthInteger & BitwiseCopyable>() -> Number? {
        let size = MemoryLayout<Number>.size
        guard unsafe bytes.count - offset >= size else { return nil }
        defer { offset += size }
        return Number(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    /// Reads `count` bytes; returns `nil` if too few are left.
    mutating func read(count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, unsafe bytes.count - offset >= count else { return nil }
        defer { offset += count }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
    }

    /// Reads a number in LEB128 (https://dwarfstd.org, 7.6); returns `nil` if there is none of at most 64 bits.
    @inline(__always)
    mutating func readVarint() -> UInt64? {
        // Nearly all numbers have one or two bytes.
        if unsafe bytes.count - offset >= 2 {
            let first = unsafe bytes[offset]
            if first < 0x80 {
                offset += 1
                return UInt64(first)
            }
            let second = unsafe bytes[offset + 1]
            if second < 0x80 {
                offset += 2
                return UInt64(first & 0x7F) | UInt64(second) << 7
            }
        }
        guard let (value, end) = unsafe ByteReader.longVarint(in: bytes, at: offset) else { return nil }
        offset = end
        return value
    }

    /// Reads a number of any length and returns where it ends.
    ///
    /// A method that changes `self` would keep it out of registers.
    private static func longVarint(
        in bytes: UnsafeRawBufferPointer,
        at begin: Int
    ) -> (value: UInt64, end: Int)? {
        var offset = begin
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 64 {
            let byte = unsafe bytes[offset]
            offset += 1
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return (value, offset) }
            shift += 7
        }
        return nil
    }

    /// Reads a signed number: LEB128 of its zigzag form.
    @inline(__always)
    mutating func readSignedVarint() -> Int64? {
        readVarint().map { Int64(bitPattern: $0 >> 1) ^ -Int64($0 & 1) }
    }
}

extension [UInt8] {
    /// Appends a number in LEB128.
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends a signed number as LEB128 of its zigzag form.
    mutating func appendSignedVarint(_ value: Int64) {
        appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }
}
