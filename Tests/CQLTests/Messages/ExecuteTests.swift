import Testing

@testable import CQL

@Suite struct ExecuteTests {
    /// The statement that a recorded exchange executes, as it was prepared before.
    static func statement(_ exchange: Exchange, _ name: String) throws -> PreparedStatement {
        let preparation = Exchange.named(name).first {
            $0.version == exchange.version && $0.compression == nil
        }
        return try #require(try preparation?.message(.prepare(name)).prepared)
    }

    private func encode(_ exchange: Exchange, _ execute: Execute) throws -> [UInt8] {
        try exchange.encoded(.execute) { (buffer) throws(UnencodableRequest) in
            try execute.encode(into: &buffer, version: exchange.version)
        }
    }

    @Test(arguments: ["execute-insert", "execute-unset", "execute-null"].flatMap(Exchange.named))
    func `EXECUTE of an insertion has the bytes that a server accepted`(exchange: Exchange) throws {
        let statement = try Self.statement(exchange, "prepare-insert")
        var values = BoundValues(for: statement)
        var parameters = QueryParameters(consistency: .localQuorum)
        values.append("p")
        switch exchange.name {
        case "execute-insert":
            values.append("s1")
            values.append(Int64(5))
            parameters.timestamp = 17
        case "execute-unset":
            values.append("s2")
            values.appendUnset()
        default:
            values.append("s3")
            values.append(nil as Int64?)
        }
        let execute = Execute(statement: statement, values: values, parameters: parameters)
        #expect(try encode(exchange, execute) == exchange.request)
        guard case .void = try exchange.message(.execute(statement)).result else {
            Issue.record("another answer")
            return
        }
    }

    @Test func `EXECUTE of a page leaves the columns out in version 5, and asks for them in version 4`()
        throws
    {
        for exchange in Exchange.named("execute-page") {
            let statement = try Self.statement(exchange, "prepare-select")
            var values = BoundValues(for: statement)
            values.append("p")
            var parameters = QueryParameters(consistency: .localQuorum)
            parameters.pageSize = 1
            let execute = Execute(statement: statement, values: values, parameters: parameters)
            #expect(execute.skipsMetadata(exchange.version) == (exchange.version == .v5))
            guard exchange.version == .v5 else { continue }
            #expect(try encode(exchange, execute) == exchange.request)
        }
    }

    @Test func `EXECUTE of the next page goes on where the page before has ended`() throws {
        let exchange = try #require(Exchange.named("execute-next-page").first { $0.version == .v4 })
        let page = try #require(Exchange.named("execute-page").first { $0.version == .v4 })
        let statement = try Self.statement(exchange, "prepare-select")
        var values = BoundValues(for: statement)
        values.append("p")
        var parameters = QueryParameters(consistency: .localQuorum)
        parameters.pageSize = 1
        parameters.pagingState = try page.message(.execute(statement)).rows?.pagingState
        #expect(parameters.pagingState != nil)
        let execute = Execute(statement: statement, values: values, parameters: parameters)
        #expect(try encode(exchange, execute) == exchange.request)
    }

    @Test func `a missing value is noticed before anything is sent`() throws {
        let exchange = try #require(Exchange.named("execute-insert").first)
        let statement = try Self.statement(exchange, "prepare-insert")
        let execute = Execute(
            statement: statement,
            values: BoundValues(for: statement),
            parameters: QueryParameters(consistency: .one)
        )
        #expect(throws: UnencodableRequest.self) { try encode(exchange, execute) }
    }
}
