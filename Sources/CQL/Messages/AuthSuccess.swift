/// AUTH_SUCCESS: the server knows who we are.
///
/// Source: the native protocol's specification, version 5, section 4.2.8.
struct AuthSuccess: Sendable, Hashable {
    var token: [UInt8]?

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        token = try reader.byteString()
    }
}
