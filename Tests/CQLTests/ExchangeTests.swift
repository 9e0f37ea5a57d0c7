import Testing

@testable import CQL

@Suite struct ExchangeTests {
    /// What tests take by its name; a table without rows would pass.
    private static let names = [
        "options", "startup", "register", "create-keyspace", "select-types", "select-traced", "use",
        "prepare-insert", "prepare-select", "execute-insert", "execute-unset", "execute-null",
        "execute-select",
        "execute-page", "execute-next-page", "batch-logged", "batch-warned", "prepare-star",
        "execute-changed",
        "event", "error-syntax", "error-invalid", "error-keyspace-exists", "error-table-exists",
        "error-configuration", "error-unprepared", "error-unavailable", "error-protocol", "error-read-down",
        "error-write-down", "error-read-paused", "error-write-paused", "error-conditional-paused",
        "error-batch-paused", "auth-success", "auth-refused", "error-unauthorized",
    ]

    @Test(arguments: names, ProtocolVersion.allCases)
    func `every exchange was recorded in both versions`(name: String, version: ProtocolVersion) {
        #expect(Exchange.named(name).contains { $0.version == version })
    }

    @Test(arguments: ["query-version-5", "prepare-keyspace", "error-write-failure", "error-read-failure"])
    func `what only version 5 has was recorded`(name: String) {
        #expect(Exchange.named(name).map(\.version) == [.v5])
    }

    @Test(arguments: ["select-types", "select-large", "register"], ProtocolVersion.allCases)
    func `compressed answers were recorded in both versions`(name: String, version: ProtocolVersion) {
        #expect(Exchange.named(name).contains { $0.version == version && $0.compression == .lz4 })
    }

    @Test(arguments: Exchange.all)
    func `every recorded answer is read`(exchange: Exchange) throws {
        let (envelopes, fault) = decode(
            exchange.response,
            isFramed: exchange.isFramed,
            compression: exchange.compression
        )
        #expect(fault == nil)
        #expect(!envelopes.isEmpty)
        for envelope in envelopes {
            var reader = ByteReader(envelope.body)
            _ = try ResponsePreamble(from: &reader, flags: envelope.header.flags)
            let known = try knownStatement(exchange)
            let context = known.map { RequestContext.execute($0) } ?? .query("")
            _ = try Response(
                envelope.header.opcode,
                from: &reader,
                version: exchange.version,
                context: context
            )
        }
    }

    /// The prepared statement, for an answer that leaves the description of its columns out.
    private func knownStatement(_ exchange: Exchange) throws -> PreparedStatement? {
        guard exchange.name == "execute-page" else { return nil }
        return try ExecuteTests.statement(exchange, "prepare-select")
    }
}
