internal import COpenSSL

/// The settings shared by a client's TLS connections: trusted certificates and versions.
///
/// Used on one loop's thread only.
@safe final class TLSContext {
    private let context: OpaquePointer

    /// Creates a context that trusts the certificates in a PEM file, or the system's if it is nil.
    init(certificateAuthorityFile file: String?) throws(TransportFault) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw TransportFault(.encryption, OpenSSLFault.take() ?? "OpenSSL cannot be used")
        }
        unsafe self.context = context
        // Older versions are broken.
        unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // SSL_OP_NO_RENEGOTIATION, which Swift cannot import.
        unsafe SSL_CTX_set_options(context, UInt64(1) << 30)
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if let file {
            guard unsafe SSL_CTX_load_verify_file(context, file) == 1 else {
                let reason = OpenSSLFault.take() ?? "unknown error"
                throw TransportFault(
                    .encryption,
                    "no certificates can be read from \(file): \(reason)",
                    hint: "it holds the certificates to trust, in PEM form"
                )
            }
        } else {
            unsafe SSL_CTX_set_default_verify_paths(context)
        }
    }

    deinit {
        unsafe SSL_CTX_free(context)
    }

    /// Starts a session with a node that must prove to be `name`, a host name or an address.
    func session(to name: String) throws(TransportFault) -> TLSSession {
        guard let handle = unsafe SSL_new(context), let session = unsafe TLSSession(handle, name: name) else {
            throw TransportFault(.encryption, OpenSSLFault.take() ?? "OpenSSL cannot be used")
        }
        return session
    }
}
