import ByteBuffers

/// EXECUTE: executes a prepared statement.
///
/// The server leaves the description of the columns out where the statement has it already.
/// Source: the native protocol's specification, version 5, section 4.1.6.
struct Execute: Sendable {
    var statement: PreparedStatement
    var values: BoundValues
    var parameters: QueryParameters

    func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) throws(UnencodableRequest) {
        guard values.count == statement.variables.count else {
            throw UnencodableRequest(
                reason: "\(values.count) values for \(statement.variables.count) variables"
            )
        }
        try buffer.append(shortBytes: statement.id)
        if version >= .v5 {
            guard let resultMetadataID = statement.resultMetadataID else {
                throw UnencodableRequest(reason: "the statement was prepared with version 4 of the protocol")
            }
            try buffer.append(shortBytes: resultMetadataID)
        }
        try parameters.encode(
            into: &buffer,
            version: version,
            values: values,
            skipsMetadata: skipsMetadata(version)
        )
    }

    /// Version 4 cannot say that the columns have changed since the statement was prepared, and a node whose schema
    /// has changed would send rows of other columns: there the description is sent each time.
    func skipsMetadata(_ version: ProtocolVersion) -> Bool {
        version >= .v5 && statement.resultMetadata != nil
    }
}
