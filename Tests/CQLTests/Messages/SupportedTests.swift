import Testing

@testable import CQL

@Suite struct SupportedTests {
    @Test(arguments: Exchange.named("options"))
    func `SUPPORTED tells versions and compressions`(exchange: Exchange) throws {
        guard case .supported(let supported) = try exchange.message() else {
            Issue.record("another message")
            return
        }
        // The server's version 6 is a trial.
        #expect(supported.versions == [3, 4, 5])
        #expect(supported.supports(.lz4))
        #expect(supported.options["CQL_VERSION"]?.isEmpty == false)
    }

    @Test func `a server that tells nothing supports no compression`() throws {
        var reader = ByteReader([0, 0])
        let supported = try Supported(from: &reader)
        #expect(supported.versions == nil)
        #expect(!supported.supports(.lz4))
    }
}
