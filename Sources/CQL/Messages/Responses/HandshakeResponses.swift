/// SUPPORTED: the options that a server supports.
///
/// Source: the native protocol's specification, version 5, section 4.2.4.
struct Supported: Sendable, Hashable {
    /// The possible values of each STARTUP option.
    var options: [String: [String]]

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        options = try reader.stringMultimap()
    }

    /// The protocol versions that the server supports, without betas; nil if it does not list any.
    var versions: [UInt8]? {
        options["PROTOCOL_VERSIONS"]?.filter { !$0.contains("beta") }.compactMap { version in
            UInt8(version.prefix { $0 != "/" })
        }
    }

    func supports(_ compression: FrameCompression) -> Bool {
        options["COMPRESSION"]?.contains { $0.lowercased() == compression.rawValue } ?? false
    }
}

/// AUTHENTICATE: the server requires authentication by the class it names.
///
/// Source: the native protocol's specification, version 5, section 4.2.3.
struct Authenticate: Sendable, Hashable {
    var authenticator: String

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        authenticator = try reader.string()
    }
}

/// AUTH_CHALLENGE: the server requires another step.
///
/// Source: the native protocol's specification, version 5, section 4.2.7.
struct AuthChallenge: Sendable, Hashable {
    var token: [UInt8]?

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        token = try reader.byteString()
    }
}

/// AUTH_SUCCESS: authentication succeeded.
///
/// Source: the native protocol's specification, version 5, section 4.2.8.
struct AuthSuccess: Sendable, Hashable {
    var token: [UInt8]?

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        token = try reader.byteString()
    }
}
