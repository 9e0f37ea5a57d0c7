import ByteBuffers

/// OPTIONS: asks what a server can do; it has no body.
///
/// Any server answers it at any time, so that it serves as a sign of life, too.
/// Source: the native protocol's specification, version 5, section 4.1.3.
struct Options {
    func encode(into buffer: inout ByteBuffer) {}
}

/// STARTUP: begins a connection.
///
/// Source: the native protocol's specification, version 5, section 4.1.1.
struct Startup {
    var compression: FrameCompression?

    /// The one version of the language that the protocol knows.
    static let languageVersion = "3.0.0"

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        var options = ["CQL_VERSION": Startup.languageVersion]
        if let compression { options["COMPRESSION"] = compression.rawValue }
        try buffer.append(stringMap: options)
    }
}

/// AUTH_RESPONSE: answers a server that asks who we are.
///
/// Source: the native protocol's specification, version 5, section 4.1.2; RFC 4616.
struct AuthResponse {
    var token: [UInt8]

    /// SASL PLAIN: no other identity than the user's own, its name and its password.
    init(_ credentials: Credentials) {
        token = [0] + Array(credentials.user.utf8) + [0] + Array(credentials.password.utf8)
    }

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        try buffer.append(byteString: token)
    }
}

/// REGISTER: asks for events of some kinds.
///
/// Source: the native protocol's specification, version 5, section 4.1.8.
struct Register {
    var kinds: [EventKind]

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        try buffer.append(stringList: kinds.map(\.rawValue))
    }
}

/// The kinds of events.
enum EventKind: String, Sendable, CaseIterable {
    case topology = "TOPOLOGY_CHANGE"
    case status = "STATUS_CHANGE"
    case schema = "SCHEMA_CHANGE"
}
