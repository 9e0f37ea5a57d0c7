import Testing

@testable import CQL

@Suite struct AuthResponseTests {
    @Test(arguments: Exchange.named("auth-success").filter { $0.compression == nil })
    func `AUTH_RESPONSE has the bytes that a server accepted`(exchange: Exchange) throws {
        let isNobody = String(decoding: try exchange.question().body, as: UTF8.self).contains("nobody")
        let credentials =
            isNobody
            ? Credentials(user: "nobody", password: "x")
            : Credentials(user: "cassandra", password: "cassandra")
        let encoded = try exchange.encoded(.authResponse, stream: 0) { (buffer) throws(UnencodableRequest) in
            try AuthResponse(credentials).encode(into: &buffer)
        }
        #expect(encoded == exchange.request)
    }

    @Test func `credentials do not show their password`() {
        #expect("\(Credentials(user: "player", password: "secret"))" == "player")
    }
}
