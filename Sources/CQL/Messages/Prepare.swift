import ByteBuffers

/// PREPARE: has a statement parsed for later executions.
///
/// Source: the native protocol's specification, version 5, section 4.1.5.
struct Prepare: Sendable {
    var statement: String
    /// The keyspace of tables that are named without one; version 5 only.
    var keyspace: String?

    /// The one flag of version 5: a keyspace follows.
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
