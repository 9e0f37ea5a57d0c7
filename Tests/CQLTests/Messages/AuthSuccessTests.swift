import Testing

@testable import CQL

@Suite struct AuthSuccessTests {
    @Test(arguments: Exchange.named("auth-success"))
    func `AUTH_SUCCESS answers the right password`(exchange: Exchange) throws {
        guard case .authSuccess(let message) = try exchange.message() else {
            Issue.record("another message")
            return
        }
        #expect(message.token == nil)
    }

    @Test func `a last token is given`() throws {
        var reader = ByteReader(bytes(hex: "00000002 0102"))
        #expect(try AuthSuccess(from: &reader).token == [1, 2])
    }
}
