import Testing

@testable import CQL

@Suite struct OptionsTests {
    @Test(arguments: Exchange.named("options"))
    func `OPTIONS has the bytes that a server accepted`(exchange: Exchange) throws {
        let encoded = try exchange.encoded(.options, stream: 0) { (buffer) throws(UnencodableRequest) in
            Options().encode(into: &buffer)
        }
        #expect(encoded == exchange.request)
    }
}
