/// RESULT of kind Prepared: a statement was prepared.
///
/// Source: the native protocol's specification, version 5, section 4.2.5.4.
extension PreparedStatement {
    convenience init(
        from reader: inout ByteReader,
        version: ProtocolVersion,
        statement: String
    ) throws(MalformedBytes) {
        let id = try reader.shortBytes()
        let resultMetadataID = version >= .v5 ? try reader.shortBytes() : nil
        let flags = try reader.integer(Int32.self)
        let variableCount = try reader.int()
        let announced = try reader.int()
        var partitionKey: [Int] = []
        for _ in 0..<(try reader.count(announced, ofAtLeast: 2)) {
            let index = try reader.short()
            guard index < variableCount else { throw .unknown("variable", index) }
            partitionKey.append(index)
        }
        let variables = try reader.columnSpecifications(
            count: variableCount,
            isGlobal: ResultHeader.isGlobal(flags)
        )
        let result = try ResultHeader(from: &reader)
        self.init(
            statement: statement,
            id: id,
            resultMetadataID: resultMetadataID,
            variables: variables,
            partitionKey: partitionKey,
            resultMetadata: result.columns.map(ResultMetadata.init(columns:))
        )
    }
}
