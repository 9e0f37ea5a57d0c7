import Testing

@testable import CQL

@Suite struct CQLErrorTests {
    @Test func `an error names node, cause and statement`() {
        let error = CQLError(
            .timedOut,
            execution: .mayHaveExecuted,
            node: "10.0.0.1:9042",
            statement: "SELECT 1"
        )
        #expect(
            error.description == "10.0.0.1:9042: no answer came in time [SELECT 1]; it may have been executed"
        )
        #expect(CQLError(.clientClosed, execution: .notExecuted).description == "the client was closed")
    }

    @Test func `a long statement is cut`() {
        let statement = String(repeating: "x", count: 10_000)
        let error = CQLError(.timedOut, execution: .notExecuted, statement: statement)
        #expect(error.description.count < 600)
    }

    @Test(arguments: [
        (CQLError.Cause.overloaded, "too many requests wait already"),
        (.invalidRequest("x"), "the request is not valid: x"),
        (.column("c", .null), "column c: it is null"),
        (
            .column("c", .wrongType(.list(.int), asked: "String")),
            "column c: it is of type list<int>, which is not read as String"
        ),
        (.column("c", .malformed("x")), "column c: its bytes are no value of its type: x"),
        (.connectionClosed, "the connection was closed"),
        (.transport(operation: "connect", message: "refused"), "connect: refused"),
        (.frameTooLong(length: 5, limit: 4), "a frame of 5 bytes is longer than 4"),
        (.tooManyOrphans(3), "the node still owes the answers of 3 requests that were given up"),
        (.noNodeAvailable([]), "no node is known to be up"),
        (
            .noNodeAvailable([CQLError(.connectionClosed, execution: .notExecuted, node: "a")]),
            "no node could be asked: a: the connection was closed"
        ),
        (.server(ServerError(.syntax, message: "no")), "no"),
        (.server(ServerError(.overloaded, message: "")), "overloaded"),
    ])
    func `causes are words`(cause: CQLError.Cause, text: String) {
        #expect(cause.description == text)
    }
}
