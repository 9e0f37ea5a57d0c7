import Testing

@testable import CQL

@Suite struct KnownStatementsTests {
    private func statement(_ id: UInt8, metadata: UInt8?) -> PreparedStatement {
        PreparedStatement(
            statement: "statement",
            id: [id],
            resultMetadataID: metadata.map { [$0] },
            variables: [],
            partitionKey: [],
            resultMetadata: nil
        )
    }

    private func execute(_ statement: PreparedStatement) -> Request {
        .execute(
            Execute(
                statement: statement,
                values: BoundValues(for: statement),
                parameters: QueryParameters(consistency: .one)
            )
        )
    }

    /// The id and the result's id that a request goes out with; nil where the node has to be told first.
    private func form(_ known: KnownStatements, _ request: Request, _ version: ProtocolVersion) -> [[UInt8]?]?
    {
        guard case .ready(.execute(let execute)) = known.form(of: request, version) else { return nil }
        return [execute.statement.id, execute.statement.resultMetadataID]
    }

    @Test func `a statement without what version 5 sends is told first, and not in version 4`() {
        let known = KnownStatements()
        let request = execute(statement(1, metadata: nil))
        #expect(form(known, request, .v5) == nil)
        #expect(form(known, request, .v4) == [[1], nil])
    }

    @Test func `what one version says is not used in the other`() {
        var known = KnownStatements()
        let callers = statement(1, metadata: 1)
        known.remember(statement(1, metadata: nil), for: callers, .v4)
        #expect(form(known, execute(callers), .v5) == [[1], [1]])
        known.remember(statement(1, metadata: 2), for: callers, .v5)
        #expect(form(known, execute(callers), .v5) == [[1], [2]])
        #expect(form(known, execute(callers), .v4) == [[1], [1]])
    }

    @Test func `a node's own id is used, in batches too, and found again`() {
        var known = KnownStatements()
        let callers = statement(1, metadata: 1)
        known.remember(statement(9, metadata: 1), for: callers, .v5)
        #expect(form(known, execute(callers), .v5) == [[9], [1]])
        #expect(known.statement(of: execute(callers), id: [9], .v5) === callers)
        #expect(known.statement(of: execute(callers), id: [1], .v5) == nil)
        let batch = Batch(
            kind: .logged,
            entries: [.prepared(callers, BoundValues(for: callers))],
            parameters: QueryParameters(consistency: .one)
        )
        guard case .ready(.batch(let sent)) = known.form(of: .batch(batch), .v5),
            case .prepared(let one, _) = sent.entries[0]
        else {
            Issue.record("no batch")
            return
        }
        #expect(one.id == [9])
        #expect(known.statement(of: .batch(batch), id: [9], .v5) === callers)
    }

    @Test func `what is no news takes no memory, and news have a bound`() {
        var known = KnownStatements()
        let callers = statement(1, metadata: 1)
        known.remember(statement(1, metadata: 1), for: callers, .v5)
        #expect(known.count == 0)
        for number in 0...KnownStatements.maximumCount {
            let id = [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
            let one = PreparedStatement(
                statement: "s",
                id: id,
                resultMetadataID: [1],
                variables: [],
                partitionKey: [],
                resultMetadata: nil
            )
            known.remember(statement(9, metadata: 2), for: one, .v5)
        }
        #expect(known.count <= KnownStatements.maximumCount)
    }
}
