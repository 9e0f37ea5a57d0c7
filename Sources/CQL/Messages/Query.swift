import ByteBuffers

/// QUERY: executes a statement's text.
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
