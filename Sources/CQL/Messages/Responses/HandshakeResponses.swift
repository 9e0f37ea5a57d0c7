/// SUPPORTED: what a server can do.
///
/// Source: the native protocol's specification, version 5, section 4.2.4.
struct Supported: Sendable, Hashable {
    /// The values of each option of STARTUP.
    var options: [String: [String]]

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        options = try reader.stringMultimap()
    }

    /// The versions that the server speaks and that are no trials; nil where it does not say.
    var versions: [UInt8]? {
        options["PROTOCOL_VERSIONS"]?.filter { !$0.contains("beta") }.compactMap { version in
            UInt8(version.prefix { $0 != "/" })
        }
    }

    func supports(_ compression: FrameCompression) -> Bool {
        options["COMPRESSION"]?.contains { $0.lowercased() == compression.rawValue } ?? false
    }
}

/// AUTHENTICATE: the server wants to know who we are; it names the class that will judge.
///
/// Source: the native protocol's specification, version 5, section 4.2.3.
struct Authenticate: Sendable, Hashable {
    var authenticator: String

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        authenticator = try reader.string()
    }
}

/// AUTH_CHALLENGE: the server asks for more.
///
/// Source: the native protocol's specification, version 5, section 4.2.7.
struct AuthChallenge: Sendable, Hashable {
    var token: [UInt8]?

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        token = try reader.byteString()
    }
}

/// AUTH_SUCCESS: the server knows who we are.
///
/// Source: the native protocol's specification, version 5, section 4.2.8.
struct AuthSuccess: Sendable, Hashable {
    var token: [UInt8]?

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        token = try reader.byteString()
    }
}
