import Testing

@testable import CQL

@Suite struct PreparedMessageTests {
    @Test(arguments: Exchange.named("prepare-insert"))
    func `a prepared insertion has variables and no result`(exchange: Exchange) throws {
        let statement = try #require(try exchange.message(.prepare("INSERT")).prepared)
        #expect(statement.statement == "INSERT")
        #expect(statement.id.count == 16)
        #expect((statement.resultMetadataID != nil) == (exchange.version == .v5))
        #expect(
            statement.variables.map { "\($0.keyspace).\($0.table).\($0.name) \($0.type)" } == [
                "vectors.players.player text", "vectors.players.session text", "vectors.players.ended bigint",
            ]
        )
        #expect(statement.partitionKey == [0])
        #expect(statement.resultMetadata == nil)
    }

    @Test(arguments: Exchange.named("prepare-select"))
    func `a prepared selection has columns`(exchange: Exchange) throws {
        let statement = try #require(try exchange.message().prepared)
        #expect(statement.partitionKey == [0])
        #expect(statement.resultMetadata?.columns.map(\.name) == ["session", "ended"])
        #expect(statement.resultMetadata?.index(of: "ended") == 1)
        #expect(statement.resultMetadata?.index(of: "player") == nil)
    }

    @Test(arguments: [
        "0000 0000 00000000 00000001 00000001 0000", "0001 01 00000000 00000000 00000002 00000001",
    ])
    func `a partition key of variables that are not there is a fault`(hex: String) {
        var reader = ByteReader(bytes(hex: hex))
        #expect(throws: MalformedBytes.self) {
            try PreparedStatement(from: &reader, version: .v4, statement: "")
        }
    }
}
