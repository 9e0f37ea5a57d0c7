/// RESULT of kind Rows: a page of rows.
///
/// Source: the native protocol's specification, version 5, section 4.2.5.2.
extension Rows {
    /// Reads a page and checks the length of every column, so that iterating over the rows cannot fail.
    init(from reader: inout ByteReader, known: ResultMetadata?) throws(MalformedBytes) {
        let header = try ResultHeader(from: &reader)
        pagingState = header.pagingState
        changedMetadataID = header.changedMetadataID
        if let columns = header.columns {
            metadata = ResultMetadata(columns: columns)
        } else if let known {
            guard known.columns.count == header.columnCount else {
                throw .columnCount(header.columnCount, expected: known.columns.count)
            }
            metadata = known
        } else {
            guard header.columnCount == 0 else { throw .missingMetadata }
            metadata = ResultMetadata(columns: [])
        }
        let announced = try reader.int()
        // Rows without columns take no bytes, so any number of them would seem to fit.
        guard header.columnCount > 0 || announced == 0 else { throw .invalidCount(announced) }
        count = try reader.count(announced, ofAtLeast: 4 * Swift.max(1, header.columnCount))
        start = reader.position
        body = reader.bytes
        for _ in 0..<(count * header.columnCount) { _ = try reader.bytesRange() }
    }
}

/// The header of a page of rows, also found in the description of a prepared statement.
struct ResultHeader {
    var columnCount: Int
    var pagingState: [UInt8]?
    var changedMetadataID: [UInt8]?
    /// Nil if the server omitted them.
    var columns: [ColumnSpecification]?

    private struct Flags: OptionSet {
        var rawValue: Int32
        static let globalTable = Flags(rawValue: 0x01)
        static let morePages = Flags(rawValue: 0x02)
        static let noMetadata = Flags(rawValue: 0x04)
        static let metadataChanged = Flags(rawValue: 0x08)
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        let flags = Flags(rawValue: try reader.integer())
        columnCount = try reader.int()
        guard columnCount >= 0 else { throw .invalidCount(columnCount) }
        if flags.contains(.morePages) { pagingState = try reader.byteString() }
        if flags.contains(.metadataChanged) { changedMetadataID = try reader.shortBytes() }
        guard !flags.contains(.noMetadata) else { return }
        columns = try reader.columnSpecifications(
            count: columnCount,
            isGlobal: flags.contains(.globalTable)
        )
    }

    /// Returns whether the flags say that all variables belong to one table.
    static func isGlobal(_ flags: Int32) -> Bool { Flags(rawValue: flags).contains(.globalTable) }
}

extension ByteReader {
    /// Reads an optional `<global_table_spec>` and the `<col_spec>`s.
    mutating func columnSpecifications(
        count announced: Int,
        isGlobal: Bool
    ) throws(MalformedBytes) -> [ColumnSpecification] {
        var keyspace = isGlobal ? try string() : ""
        var table = isGlobal ? try string() : ""
        guard announced <= ColumnSpecification.maximumCount else { throw .invalidCount(announced) }
        let count = try count(announced, ofAtLeast: 4)
        var columns: [ColumnSpecification] = []
        columns.reserveCapacity(count)
        for _ in 0..<count {
            if !isGlobal {
                keyspace = try string()
                table = try string()
            }
            let name = try string()
            columns.append(
                ColumnSpecification(keyspace: keyspace, table: table, name: name, type: try columnType())
            )
        }
        return columns
    }
}
