import Testing

@testable import CQL

@Suite struct AuthenticateTests {
    @Test func `AUTHENTICATE names a class`() throws {
        let exchanges = try Exchange.named("startup").filter { try $0.answer().header.opcode == 3 }
        #expect(exchanges.count >= 2)
        for exchange in exchanges {
            guard case .authenticate(let message) = try exchange.message() else {
                Issue.record("another message")
                continue
            }
            #expect(message.authenticator == "org.apache.cassandra.auth.PasswordAuthenticator")
        }
    }
}
