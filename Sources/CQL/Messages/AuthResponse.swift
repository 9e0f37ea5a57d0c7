import ByteBuffers

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
