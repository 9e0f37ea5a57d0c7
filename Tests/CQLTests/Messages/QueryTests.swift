import ByteBuffers
import Testing

@testable import CQL

@Suite struct QueryTests {
    /// Statements that were recorded, and how they were sent.
    private static let statements: [String: String] = [
        "select-types": "SELECT * FROM vectors.types",
        "select-traced": "SELECT key FROM vectors.types WHERE key = 1",
        "use": "USE vectors",
        "error-syntax": "SELEC",
        "error-unavailable": "SELECT key FROM vectors.types WHERE key = 1",
        "query-version-5": "SELECT key FROM types WHERE key = 1",
    ]

    @Test(arguments: Exchange.all.filter { statements[$0.name] != nil && $0.compression == nil })
    func `QUERY has the bytes that a server accepted`(exchange: Exchange) throws {
        var parameters = QueryParameters(consistency: exchange.name == "error-unavailable" ? .three : .one)
        parameters.isTraced = exchange.name == "select-traced"
        if exchange.name == "query-version-5" {
            parameters.keyspace = "vectors"
            parameters.nowInSeconds = 1_480_682_885
        }
        let query = Query(statement: try #require(Self.statements[exchange.name]), parameters: parameters)
        let request = Request.query(query)
        let encoded = try exchange.encoded(.query, isTraced: request.isTraced) {
            (buffer) throws(UnencodableRequest) in
            try request.encode(into: &buffer, version: exchange.version)
        }
        #expect(encoded == exchange.request)
    }

    @Test(arguments: [
        (
            ProtocolVersion.v4,
            "00000001 78 0004 3d 0001 00000001 61 00000007 00000001 09 0008 0000000000000005"
        ),
        (.v5, "00000001 78 0004 0000003d 0001 00000001 61 00000007 00000001 09 0008 0000000000000005"),
    ])
    func `every parameter has its place`(version: ProtocolVersion, hex: String) throws {
        var parameters = QueryParameters(consistency: .quorum)
        parameters.pageSize = 7
        parameters.pagingState = [9]
        parameters.serialConsistency = .serial
        parameters.timestamp = 5
        var values = BoundValues()
        values.append("a")
        var buffer = ByteBuffer()
        let query = Query(statement: "x", values: values, parameters: parameters)
        try query.encode(into: &buffer, version: version)
        // 0x3D: values, page size, paging state, serial consistency, timestamp.
        #expect(contents(buffer) == bytes(hex: hex))
    }

    @Test func `what version 4 does not have is refused there`() {
        var parameters = QueryParameters(consistency: .one)
        parameters.keyspace = "k"
        var buffer = ByteBuffer()
        let query = Query(statement: "x", parameters: parameters)
        #expect(throws: UnencodableRequest.self) { try query.encode(into: &buffer, version: .v4) }
        #expect(throws: Never.self) { try query.encode(into: &buffer, version: .v5) }
    }

    @Test func `more values than a length can say are refused`() {
        var values = BoundValues()
        for _ in 0...65_535 { values.appendNull() }
        let query = Query(statement: "x", values: values, parameters: QueryParameters(consistency: .one))
        var buffer = ByteBuffer()
        #expect(throws: UnencodableRequest.self) { try query.encode(into: &buffer, version: .v5) }
    }
}
