/// Iterates over the elements of an encoded collection or tuple.
struct ElementCursor {
    private var offset = 0

    /// Reads the `[int]` before a collection and checks it against the bytes that follow.
    mutating func count(in bytes: RawSpan, partsEach: Int = 1) throws(ValueFault) -> Int {
        let count = try length(in: bytes)
        guard count >= 0, count <= (bytes.byteCount - offset) / (4 * partsEach) else {
            throw .malformed("a collection says that it has \(count) elements")
        }
        return count
    }

    func isAtEnd(of bytes: RawSpan) -> Bool { offset == bytes.byteCount }

    /// Returns the range of the next element; nil for null.
    mutating func next(in bytes: RawSpan) throws(ValueFault) -> Range<Int>? {
        let length = try length(in: bytes)
        guard length >= 0 else { return nil }
        guard length <= bytes.byteCount - offset else { throw .malformed("an element ends behind its value") }
        defer { offset += length }
        return offset..<(offset + length)
    }

    mutating func element<Element: ColumnValue>(
        in bytes: RawSpan,
        type: ColumnType
    ) throws(ValueFault) -> Element {
        guard let range = try next(in: bytes) else {
            guard let null = Element.nullValue else { throw .malformed("an element is null") }
            return null
        }
        return try Element(column: bytes.extracting(range), type: type)
    }

    private mutating func length(in bytes: RawSpan) throws(ValueFault) -> Int {
        guard bytes.byteCount - offset >= 4 else { throw .malformed("a length is missing") }
        defer { offset += 4 }
        return Int(Int32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }
}
