import Testing

@testable import CQL

@Suite struct ReadyTests {
    @Test(arguments: Exchange.named("register"))
    func `READY has no body`(exchange: Exchange) throws {
        guard case .ready = try exchange.message() else {
            Issue.record("another message")
            return
        }
        #expect(try exchange.answer().body.isEmpty)
    }
}
