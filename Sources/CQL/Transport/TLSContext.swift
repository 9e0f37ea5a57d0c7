internal import COpenSSL

/// What all TLS connections of a client share: whom it trusts, and the versions that it speaks.
///
/// Used on one loop's thread only.
@safe final class TLSContext {
    private let context: OpaquePointer

    /// Makes a context that trusts the certificates of a file in PEM form, or those that the system trusts.
    init(certificateAuthorityFile file: String?) throws(TransportFault) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw TransportFault(.encryption, OpenSSLFault.take() ?? "OpenSSL cannot be used")
        }
        unsafe self.context = context
        // Everything older is broken.
        unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        unsafe SSL_CTX_set_options(context, UInt64(1) << 30)  // SSL_OP_NO_RENEGOTIATION, a macro of a call
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

    /// Begins a connection to a node that has to prove that it is `name`, a host's name or an address.
    func session(to name: String) throws(TransportFault) -> TLSSession {
        guard let handle = unsafe SSL_new(context), let session = unsafe TLSSession(handle, name: name) else {
            throw TransportFault(.encryption, OpenSSLFault.take() ?? "OpenSSL cannot be used")
        }
        return session
    }
}
