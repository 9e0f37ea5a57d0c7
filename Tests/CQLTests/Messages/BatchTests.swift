import ByteBuffers
import Testing

@testable import CQL

@Suite struct BatchTests {
    private func encode(_ exchange: Exchange, _ batch: Batch) throws -> [UInt8] {
        try exchange.encoded(.batch) { (buffer) throws(UnencodableRequest) in
            try batch.encode(into: &buffer, version: exchange.version)
        }
    }

    private func insertion(
        _ exchange: Exchange,
        _ player: String,
        _ session: String,
        _ ended: Int64
    ) throws
        -> Batch.Entry
    {
        let statement = try ExecuteTests.statement(exchange, "prepare-insert")
        var values = BoundValues(for: statement)
        values.append(player)
        values.append(session)
        values.append(ended)
        return .prepared(statement, values)
    }

    @Test(arguments: Exchange.named("batch-logged"))
    func `BATCH has the bytes that a server accepted`(exchange: Exchange) throws {
        var deleted = BoundValues()
        deleted.append("p")
        deleted.append("s3")
        var parameters = QueryParameters(consistency: .localQuorum)
        parameters.timestamp = 18
        let batch = Batch(
            kind: .logged,
            entries: [
                try insertion(exchange, "p", "s4", 9),
                .text("DELETE FROM vectors.players WHERE player = ? AND session = ?", deleted),
            ],
            parameters: parameters
        )
        #expect(try encode(exchange, batch) == exchange.request)
        guard case .void = try exchange.message().result else {
            Issue.record("another answer")
            return
        }
    }

    @Test(arguments: Exchange.named("batch-warned"))
    func `what the server warns of is given`(exchange: Exchange) throws {
        let batch = Batch(
            kind: .unlogged,
            entries: try (0..<12).map { try insertion(exchange, "q\($0)", "s", $0) },
            parameters: QueryParameters(consistency: .localQuorum)
        )
        #expect(try encode(exchange, batch) == exchange.request)
        let (preamble, message) = try exchange.messageAndPreamble()
        #expect(preamble.warnings.count == 1)
        #expect(preamble.warnings.first?.hasPrefix("Unlogged batch covering 12 partitions") == true)
        guard case .void? = message.result else {
            Issue.record("another answer")
            return
        }
    }

    @Test func `a batch has no pages`() {
        var parameters = QueryParameters(consistency: .one)
        parameters.pageSize = 5
        var buffer = ByteBuffer()
        let batch = Batch(kind: .logged, entries: [], parameters: parameters)
        #expect(throws: UnencodableRequest.self) { try batch.encode(into: &buffer, version: .v5) }
    }

    @Test func `a batch of too many statements is refused`() {
        let entry = Batch.Entry.text("x", BoundValues())
        let batch = Batch(
            kind: .logged,
            entries: Array(repeating: entry, count: 65_536),
            parameters: QueryParameters(consistency: .one)
        )
        var buffer = ByteBuffer()
        #expect(throws: UnencodableRequest.self) { try batch.encode(into: &buffer, version: .v5) }
    }

    @Test func `errors show the first statement of a batch, and how many there are`() {
        let entries = [Batch.Entry.text("x", BoundValues()), .text("y", BoundValues())]
        let parameters = QueryParameters(consistency: .one)
        let two = Batch(kind: .logged, entries: entries, parameters: parameters)
        #expect(RequestContext(.batch(two)).statement == "x; and 1 more in a batch")
        let one = Batch(kind: .logged, entries: [entries[1]], parameters: parameters)
        #expect(RequestContext(.batch(one)).statement == "y")
    }
}
