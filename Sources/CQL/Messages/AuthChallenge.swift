/// AUTH_CHALLENGE: the server asks for more.
///
/// Source: the native protocol's specification, version 5, section 4.2.7.
struct AuthChallenge: Sendable, Hashable {
    var token: [UInt8]?

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        token = try reader.byteString()
    }
}
