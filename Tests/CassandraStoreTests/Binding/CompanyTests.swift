import PlayerSessions
import Testing

@testable import CassandraStore

/// Which requests may go to the cluster together.
@Suite struct CompanyTests {
    private static let key = SessionKey(Identifier(unchecked: [112]), Identifier(unchecked: [115]))
    private static let start = Candidate(
        SessionRecord.Start(timestamp: Timestamp.earliest, country: CountryCode(ordinal: 0))
    )

    @Test func `of single requests plain writes go together, and reads of facts do`() {
        var together: Set<String> = []
        // Conditions stand in batches only, whose first statement they are.
        for statement in Statement.examples where !statement.text.contains(" IF version") {
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

    @Test func `a logged batch and one with a condition go alone, and one without either does not`() {
        let writes = [
            Statement.insertStart(CompanyTests.key, CompanyTests.start, ttl: 0),
            .deleteStart(CompanyTests.key, CompanyTests.start),
        ]
        #expect(Request(kind: .loggedBatch, statements: writes).company == .none)
        let condition = Statement.advanceVersion(bucket: 0, from: 1, to: 2)
        #expect(Request(kind: .conditionalBatch, statements: [condition]).company == .none)
        #expect(Request(kind: .unloggedBatch, statements: writes).company == .plainWrites)
    }
}
