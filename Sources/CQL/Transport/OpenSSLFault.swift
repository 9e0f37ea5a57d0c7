internal import COpenSSL

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
