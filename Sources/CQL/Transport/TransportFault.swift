internal import COpenSSL
internal import CUV

/// Why there is no channel to a node, or no longer.
struct TransportFault: Error, Hashable {
    /// What stage failed.
    enum Kind: Hashable {
        /// A name without an address.
        case resolution
        /// No TCP connection.
        case connection
        /// TLS was refused by one of the two sides.
        case encryption
        /// The connection was closed by the other side or by the network.
        case closed
        /// The deadline passed.
        case deadline
    }

    var kind: Kind
    /// Lower case, without the node's name.
    var reason: String
    /// What the person who runs the client can do about it, or nil.
    var hint: String?

    init(_ kind: Kind, _ reason: String, hint: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.hint = hint
    }

    /// Makes a fault of an error number of libuv's.
    init(_ kind: Kind, uv status: Int32) {
        self.init(kind, unsafe uv_strerror(status).map { unsafe String(cString: $0) } ?? "error \(status)")
    }
}

/// What OpenSSL says went wrong.
enum OpenSSLFault {
    /// The oldest error of this thread, as OpenSSL words it; all are forgotten.
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
