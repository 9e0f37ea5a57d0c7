/// AUTHENTICATE: the server wants to know who we are; it names the class that will judge.
///
/// Source: the native protocol's specification, version 5, section 4.2.3.
struct Authenticate: Sendable, Hashable {
    var authenticator: String

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        authenticator = try reader.string()
    }
}
