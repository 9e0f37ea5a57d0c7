/// Collects the bytes of encoded values.
public struct ValueWriter: Sendable {
    var bytes: [UInt8] = []

    /// The lengths that stand for null and for an unset variable.
    static let nullLength: Int32 = -1
    static let unsetLength: Int32 = -2

    /// Appends an integer, most significant byte first.
    public mutating func append<Integer: FixedWidthInteger>(bigEndian integer: Integer) {
        unsafe withUnsafeBytes(of: integer.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Appends text as UTF-8.
    public mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
    }

    /// Appends bytes unchanged.
    public mutating func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Appends a value after its length, as in collections and tuples.
    public mutating func append<Element: ColumnValue>(element: Element) {
        guard !element.isNull else { return append(bigEndian: ValueWriter.nullLength) }
        let start = bytes.count
        append(bigEndian: Int32(0))
        element.encode(into: &self)
        // A value too long for an `[int]` makes the request longer than any frame, which is refused later.
        let length = Int32(clamping: bytes.count - start - 4)
        for index in 0..<4 {
            bytes[start + index] = UInt8(truncatingIfNeeded: length >> Int32(24 - 8 * index))
        }
    }

    /// Appends a count as an `[int]`.
    mutating func append(count: Int) {
        append(bigEndian: Int32(clamping: count))
    }
}
