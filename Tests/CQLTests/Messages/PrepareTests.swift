import ByteBuffers
import Testing

@testable import CQL

@Suite struct PrepareTests {
    private static let statements = [
        "prepare-insert": "INSERT INTO vectors.players (player, session, ended) VALUES (?, ?, ?)",
        "prepare-select": "SELECT session, ended FROM vectors.players WHERE player = ?",
        "prepare-star": "SELECT * FROM vectors.players WHERE player = ?",
        "prepare-keyspace": "SELECT key FROM types",
    ]

    @Test(arguments: Exchange.all.filter { statements[$0.name] != nil })
    func `PREPARE has the bytes that a server accepted`(exchange: Exchange) throws {
        var prepare = Prepare(statement: try #require(Self.statements[exchange.name]))
        if exchange.name == "prepare-keyspace" { prepare.keyspace = "vectors" }
        let encoded = try exchange.encoded(.prepare) { (buffer) throws(UnencodableRequest) in
            try prepare.encode(into: &buffer, version: exchange.version)
        }
        #expect(encoded == exchange.request)
    }

    @Test func `a keyspace is refused in version 4`() {
        var buffer = ByteBuffer()
        #expect(throws: UnencodableRequest.self) {
            try Prepare(statement: "x", keyspace: "k").encode(into: &buffer, version: .v4)
        }
    }
}
