import Testing

@testable import CQL

@Suite struct RegisterTests {
    @Test(arguments: Exchange.named("register").filter { $0.compression == nil })
    func `REGISTER has the bytes that a server accepted`(exchange: Exchange) throws {
        let text = String(decoding: try exchange.question().body, as: UTF8.self)
        let kinds = EventKind.allCases.filter { text.contains($0.rawValue) }
        #expect(kinds.count >= 2)
        let encoded = try exchange.encoded(.register, stream: 0) { (buffer) throws(UnencodableRequest) in
            try Register(kinds: kinds).encode(into: &buffer)
        }
        #expect(encoded == exchange.request)
    }
}
