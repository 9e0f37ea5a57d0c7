import Testing

@testable import CQL

@Suite struct StartupTests {
    @Test(arguments: Exchange.named("startup"))
    func `STARTUP has the bytes that a server accepted`(exchange: Exchange) throws {
        // A recorded exchange of version 5 is from before its frames, and does not say its compression.
        let question = try exchange.question()
        let isCompressed = String(decoding: question.body, as: UTF8.self).contains("COMPRESSION")
        let startup = Startup(compression: isCompressed ? .lz4 : nil)
        let encoded = try exchange.encoded(.startup, stream: 0) { (buffer) throws(UnencodableRequest) in
            try startup.encode(into: &buffer)
        }
        #expect(encoded == exchange.request)
    }

    @Test(arguments: Exchange.named("startup"))
    func `READY or AUTHENTICATE answers it`(exchange: Exchange) throws {
        switch try exchange.message() {
        case .ready: break
        case .authenticate(let message):
            #expect(message.authenticator == "org.apache.cassandra.auth.PasswordAuthenticator")
        case let other: Issue.record("\(other)")
        }
    }
}
