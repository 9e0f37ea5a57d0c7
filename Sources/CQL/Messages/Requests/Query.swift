import ByteBuffers

/// QUERY: executes the text of a statement.
///
/// Source: the native protocol's specification, version 5, section 4.1.4.
struct Query: Sendable {
    var statement: String
    var values = BoundValues()
    var parameters: QueryParameters

    func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) throws(UnencodableRequest) {
        try buffer.append(longString: statement)
        try parameters.encode(into: &buffer, version: version, values: values, skipsMetadata: false)
    }
}

/// PREPARE: parses a statement for later execution.
///
/// Source: the native protocol's specification, version 5, section 4.1.5.
struct Prepare: Sendable {
    var statement: String
    /// The keyspace of unqualified table names; version 5 only.
    var keyspace: String?

    /// The only flag of version 5: a keyspace follows.
    private static let keyspaceFlag: UInt32 = 0x01

    func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) throws(UnencodableRequest) {
        try buffer.append(longString: statement)
        if version < .v5 {
            guard keyspace == nil else {
                throw UnencodableRequest(reason: "a keyspace needs version 5 of the protocol")
            }
            return
        }
        buffer.append(bigEndian: keyspace == nil ? 0 : Prepare.keyspaceFlag)
        if let keyspace { try buffer.append(string: keyspace) }
    }
}

/// EXECUTE: executes a prepared statement.
///
/// The server omits the description of the columns if the statement has it. Source: the native protocol's
/// specification, version 5, section 4.1.6.
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

    /// Returns whether the server may omit the description of the columns.
    ///
    /// Version 4 cannot report that they have changed since the statement was prepared: after a schema change a node
    /// would send rows with other columns.
    func skipsMetadata(_ version: ProtocolVersion) -> Bool {
        version >= .v5 && statement.resultMetadata != nil
    }
}
