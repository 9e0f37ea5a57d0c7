import PlayerSessions
import Testing

@testable import CassandraStore

/// Which requests may go to the cluster together.
@Suite struct CompanyTests {
    private static let key = SessionKey(Identifier(unchecked: [112]), Identifier(unchecked: [115]))

    @Test func `of single requests plain writes go together, and reads of facts do`() {
        var together: Set<String> = []
        // Conditions stand in batches only, whose first statement they are.
        for statement in Statement.examples where !statement.isDecided {
            let company = Request.single(statement).company
            switch company {
            case .factsReads(let key):
                #expect(statement == .readFacts(key))
            case .plainWrites:
                #expect(!statement.text.hasPrefix("SELECT"), "\(statement.text)")
                #expect(!statement.text.contains(" IF "), "\(statement.text)")
                #expect(!statement.text.contains("settings"), "\(statement.text)")
                together.insert(String(statement.text.prefix { $0 != "(" }))
            case .none: break
            }
        }
        #expect(Request.single(.readFacts(CompanyTests.key)).company == .factsReads(CompanyTests.key))
        #expect(together.count >= 10, "\(together)")
    }

    @Test func `a batch with a condition goes alone, and one without does not`() {
        let writes = [
            Statement.setEnd(CompanyTests.key, end: 1, ttl: 0), .insertEnd(CompanyTests.key, end: 1, ttl: 0),
        ]
        let condition = Statement.advanceVersion(bucket: 0, from: 1, to: 2, flushed: 1)
        #expect(Request(kind: .conditionalBatch, statements: [condition]).company == .none)
        #expect(Request(kind: .unloggedBatch, statements: writes).company == .plainWrites)
    }
}
