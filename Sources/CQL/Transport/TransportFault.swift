internal import COpenSSL
internal import CUV

/// Why a channel to a node could not be opened or was closed.
struct TransportFault: Error, Hashable {
    /// The stage that failed.
    enum Kind: Hashable {
        /// The name could not be resolved.
        case resolution
        /// No TCP connection was made.
        case connection
        /// TLS failed or was rejected.
        case encryption
        /// The other side or the network closed the connection.
        case closed
        case deadline
    }

    var kind: Kind
    /// In lower case, without the node's name.
    var reason: String
    /// What the operator of the client can do about it, or nil.
    var hint: String?

    init(_ kind: Kind, _ reason: String, hint: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.hint = hint
    }

    /// Creates a fault from a libuv error number.
    init(_ kind: Kind, uv status: Int32) {
        self.init(kind, unsafe uv_strerror(status).map { unsafe String(cString: $0) } ?? "error \(status)")
    }
}

/// Errors reported by OpenSSL.
enum OpenSSLFault {
    /// Returns this thread's oldest error, in OpenSSL's words, and clears all.
    static func take() -> String? {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return nil }
        if let reason = unsafe ERR_reason_error_string(code) { return unsafe String(cString: reason) }
        var text = [CChar](repeating: 0, count: 256)
        unsafe ERR_error_string_n(code, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
