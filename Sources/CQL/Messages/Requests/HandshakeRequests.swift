import ByteBuffers

/// OPTIONS: asks for the options that a server supports; it has no body.
///
/// Servers answer it at any time, so it also serves as a keepalive. Source: the native protocol's specification,
/// version 5, section 4.1.3.
struct Options {
    func encode(into buffer: inout ByteBuffer) {}
}

/// STARTUP: starts a connection.
///
/// Source: the native protocol's specification, version 5, section 4.1.1.
struct Startup {
    var compression: FrameCompression?

    /// The only CQL version that the protocol accepts.
    static let languageVersion = "3.0.0"

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        var options = ["CQL_VERSION": Startup.languageVersion]
        if let compression { options["COMPRESSION"] = compression.rawValue }
        try buffer.append(stringMap: options)
    }
}

/// AUTH_RESPONSE: authenticates the client.
///
/// Source: the native protocol's specification, version 5, section 4.1.2; RFC 4616.
struct AuthResponse {
    var token: [UInt8]

    /// Creates a SASL PLAIN token from name and password, with no other identity.
    init(_ credentials: Credentials) {
        token = [0] + Array(credentials.user.utf8) + [0] + Array(credentials.password.utf8)
    }

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        try buffer.append(byteString: token)
    }
}

/// REGISTER: subscribes to events.
///
/// Source: the native protocol's specification, version 5, section 4.1.8.
struct Register {
    var kinds: [EventKind]

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        try buffer.append(stringList: kinds.map(\.rawValue))
    }
}

enum EventKind: String, Sendable, CaseIterable {
    case topology = "TOPOLOGY_CHANGE"
    case status = "STATUS_CHANGE"
    case schema = "SCHEMA_CHANGE"
}
