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

    @Test(arguments: [
        CQLError.Cause.server(ServerError(.invalid, message: hostile)),
        .versionRefused(offered: 5, ServerError(.protocolViolation, message: hostile)),
        .credentialsRequired(authenticator: hostile), .authenticationUnsupported(authenticator: hostile),
        .protocolViolation(hostile), .transport(operation: "handshake", message: hostile),
    ])
    func `what a node sent is safe to show and bounded`(cause: CQLError.Cause) {
        let error = CQLError(cause, execution: .notExecuted, node: "10.0.0.1:9042")
        let event = ClusterEvent.connectionFailed(error)
        let all = CQLError(
            .noNodeAvailable(Array(repeating: error, count: 1_000)),
            execution: .notExecuted
        )
        for (text, limit) in [
            (error.description, 2_200), (cause.description, 2_200), (event.description, 2_200),
            (all.description, 25_000), (ClusterEvent.warning(hostile).description, 2_200),
        ] {
            #expect(text.utf8.count < limit)
            #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" && $0 != "\u{9B}" })
            #expect(text.contains(#"\u{1b}[2J"#) && text.contains("…"))
        }
        #expect(all.description.contains("and 990 more"))
    }
}

/// What a node may say: escapes that clear a terminal, a text that reads backwards, and far too much.
private let hostile = "\u{1B}[2J\u{9B}31m\u{202E}" + String(repeating: "a\u{301}", count: 20_000)
