/// A row of a result.
public struct Row: Sendable {
    /// The columns.
    public let metadata: ResultMetadata
    let body: [UInt8]
    let start: Int

    /// Reads a column.
    ///
    /// Throws if the column does not exist, is null and the type is not optional, has another type, or holds bytes that
    /// are not a value of its type.
    public func value<Read: ColumnValue>(
        at index: Int,
        as type: Read.Type = Read.self
    ) throws(CQLError) -> Read {
        do throws(ValueFault) {
            guard index >= 0, index < metadata.types.count else { throw .noSuchColumn }
            let type = metadata.types[index]
            guard Read.accepts(type) else { throw .wrongType(type, asked: "\(Read.self)") }
            guard let range = range(at: index) else {
                guard let null = Read.nullValue else { throw .null }
                return null
            }
            return unsafe try Read(column: body.span.bytes.extracting(range), type: type)
        } catch {
            let name = metadata.columns.indices.contains(index) ? metadata.columns[index].name : "\(index)"
            throw CQLError(.column(name, error), execution: .executed)
        }
    }

    /// Reads a column by its name.
    ///
    /// Throws as `value(at:as:)` does. To read many rows, look up the position once.
    public func value<Read: ColumnValue>(
        _ name: String,
        as type: Read.Type = Read.self
    ) throws(CQLError) -> Read {
        guard let index = metadata.index(of: name) else {
            throw CQLError(.column(name, .noSuchColumn), execution: .executed)
        }
        return try value(at: index)
    }

    /// Returns whether a column is null or does not exist.
    public func isNull(at index: Int) -> Bool {
        guard index >= 0, index < metadata.types.count else { return true }
        return range(at: index) == nil
    }

    /// Calls `body` with the bytes of a column as the server sent them; nil if it is null or does not exist.
    public func withBytes<Result>(at index: Int, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard index >= 0, index < metadata.types.count, let range = range(at: index) else {
            return body(nil)
        }
        return unsafe self.body.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Returns the range of a column's bytes; nil for null.
    func range(at index: Int) -> Range<Int>? {
        var offset = start
        for _ in 0..<index { offset += 4 + max(0, length(at: offset)) }
        let length = length(at: offset)
        guard length >= 0 else { return nil }
        return (offset + 4)..<(offset + 4 + length)
    }

    /// The offset at which the next row begins.
    var end: Int {
        var offset = start
        for _ in 0..<metadata.types.count { offset += 4 + max(0, length(at: offset)) }
        return offset
    }

    private func length(at offset: Int) -> Int {
        Int(
            Int32(
                bigEndian: unsafe body.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int32.self)
            )
        )
    }
}
