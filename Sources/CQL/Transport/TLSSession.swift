import ByteBuffers
internal import COpenSSL

/// A TLS connection between memory buffers; the channel moves the bytes.
///
/// The node's certificate must be signed by one that the context trusts, and must name the node. Used on one loop's
/// thread only.
@safe final class TLSSession {
    /// The most bytes in a TLS record.
    private static let recordBytes = 16_384
    /// The most bytes decrypted at once.
    private static let readBytes = 8 * recordBytes

    private let session: OpaquePointer
    // Both are owned by `session`.
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let name: String
    private let readMemory: UnsafeMutableRawPointer
    private(set) var isEstablished = false

    /// Takes ownership of the handle, also on failure.
    init?(_ session: OpaquePointer, name: String) {
        guard let input = unsafe BIO_new(BIO_s_mem()) else {
            unsafe SSL_free(session)
            return nil
        }
        guard let output = unsafe BIO_new(BIO_s_mem()) else {
            unsafe BIO_free(input)
            unsafe SSL_free(session)
            return nil
        }
        unsafe self.session = session
        unsafe self.input = input
        unsafe self.output = output
        self.name = name
        unsafe readMemory = .allocate(byteCount: Self.readBytes, alignment: 16)
        unsafe SSL_set_bio(session, input, output)
        unsafe SSL_set_connect_state(session)
        guard unsafe Self.expect(name, session) else { return nil }
    }

    deinit {
        unsafe SSL_free(session)
        unsafe readMemory.deallocate()
    }

    /// Takes encrypted bytes from the node.
    func receive(_ bytes: UnsafeRawBufferPointer) -> TransportFault? {
        guard unsafe !bytes.isEmpty else { return nil }
        let count = unsafe BIO_write(input, bytes.baseAddress, Int32(bytes.count))
        return count == bytes.count ? nil : TransportFault(.encryption, "no memory for encrypted bytes")
    }

    /// Advances the handshake; sets `isEstablished` when it is complete.
    func handshake() -> TransportFault? {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        guard result != 1 else {
            isEstablished = true
            return nil
        }
        let code = unsafe SSL_get_error(session, result)
        return code == SSL_ERROR_WANT_READ ? nil : handshakeFault()
    }

    func encrypt(_ bytes: UnsafeRawBufferPointer) -> TransportFault? {
        guard unsafe !bytes.isEmpty else { return nil }
        ERR_clear_error()
        var written = 0
        // Writes to memory are never partial.
        guard unsafe SSL_write_ex(session, bytes.baseAddress, bytes.count, &written) == 1 else {
            return TransportFault(.encryption, OpenSSLFault.take() ?? "TLS ended")
        }
        return nil
    }

    /// Decrypts received bytes, up to the size of the read buffer, and returns their number; 0 if there are none yet.
    func decrypt() -> Result<Int, TransportFault> {
        ERR_clear_error()
        var total = 0
        while total < Self.readBytes {
            var count = 0
            let result = unsafe SSL_read_ex(session, readMemory + total, Self.readBytes - total, &count)
            if result == 1 {
                total += count
                continue
            }
            if total > 0 { break }
            switch unsafe SSL_get_error(session, result) {
            case SSL_ERROR_WANT_READ: break
            case SSL_ERROR_ZERO_RETURN:
                return .failure(TransportFault(.closed, "the node closed the connection"))
            default:
                return .failure(TransportFault(.encryption, OpenSSLFault.take() ?? "TLS ended"))
            }
            break
        }
        return .success(total)
    }

    /// Calls `body` with the bytes that were just decrypted.
    func withDecrypted(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        unsafe body(UnsafeRawBufferPointer(start: readMemory, count: count))
    }

    /// Appends the encrypted output to `buffer`.
    func takeOutput(into buffer: inout ByteBuffer) {
        while true {
            let pending = unsafe Int(BIO_ctrl(output, BIO_CTRL_PENDING, 0, nil))
            guard pending > 0 else { return }
            unsafe buffer.appendUpTo(pending) { target in
                unsafe max(0, Int(BIO_read(output, target, Int32(clamping: pending))))
            }
        }
    }

    /// Sets the name that the certificate must have, and asks for it.
    private static func expect(_ name: String, _ session: OpaquePointer) -> Bool {
        let parameters = unsafe SSL_get0_param(session)
        if InternetAddress(name) != nil {
            return unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1
        }
        unsafe X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard unsafe X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1 else { return false }
        // Server name indication is for names only: RFC 6066, section 3.
        return unsafe name.withCString { text in
            unsafe SSL_ctrl(
                session,
                SSL_CTRL_SET_TLSEXT_HOSTNAME,
                Int(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: text)
            ) == 1
        }
    }

    private func handshakeFault() -> TransportFault {
        let verdict = unsafe SSL_get_verify_result(session)
        let reason = OpenSSLFault.take()
        guard verdict != Int(X509_V_OK) else {
            return TransportFault(
                .encryption,
                "TLS was not agreed on: \(reason ?? "the node ended it")",
                hint: "does the node speak TLS on this port, in version 1.2 or newer?"
            )
        }
        let text = unsafe String(cString: X509_verify_cert_error_string(verdict))
        let isOther =
            verdict == Int(X509_V_ERR_HOSTNAME_MISMATCH) || verdict == Int(X509_V_ERR_IP_ADDRESS_MISMATCH)
        return TransportFault(
            .encryption,
            "the node's certificate was refused: \(text.lowercased())",
            hint: isOther
                ? "the certificate must name \(name), among its subject's alternative names"
                : "give the file of the certificates to trust"
        )
    }
}
