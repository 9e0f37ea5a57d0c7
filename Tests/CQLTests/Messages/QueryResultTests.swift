import Testing

@testable import CQL

@Suite struct QueryResultTests {
    @Test(arguments: Exchange.named("use"))
    func `SET_KEYSPACE names the keyspace`(exchange: Exchange) throws {
        guard case .keyspace("vectors")? = try exchange.message().result else {
            Issue.record("another answer")
            return
        }
    }

    @Test(arguments: Exchange.named("create-keyspace"))
    func `SCHEMA_CHANGE says what was made`(exchange: Exchange) throws {
        guard case .schemaChange(let change)? = try exchange.message().result else {
            Issue.record("another answer")
            return
        }
        #expect(change == SchemaChange(change: "CREATED", target: .keyspace("vectors")))
        #expect(change.keyspace == "vectors")
    }

    @Test func `an unknown kind of result is a fault`() {
        var reader = ByteReader(bytes(hex: "00000006"))
        #expect(throws: MalformedBytes.unknown("result", 6)) {
            try QueryResult(from: &reader, version: .v5, context: .query(""))
        }
    }
}
