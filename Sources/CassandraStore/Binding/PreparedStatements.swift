internal import CQL
import Synchronization

/// The store's statements as the cluster knows them, each prepared once.
final class PreparedStatements: Sendable {
    private let client: CQL.Cluster
    private let keyspace: String
    /// What was prepared at the opening, by the text without the keyspace.
    private let known: [String: PreparedStatement]
    /// What was prepared later.
    private let late = Mutex<[String: PreparedStatement]>([:])

    /// Prepares all statements, one after the other: some thirty trips.
    init(_ client: CQL.Cluster, keyspace: String) async throws(CQLError) {
        var known: [String: PreparedStatement] = [:]
        for text in Set(Statement.examples.map(\.text)) {
            known[text] = try await client.prepare(Schema.qualified(text, keyspace: keyspace))
        }
        self.client = client
        self.keyspace = keyspace
        self.known = known
    }

    /// The prepared form of a statement.
    func prepared(_ statement: Statement) async throws(CQLError) -> PreparedStatement {
        let text = statement.text
        if let prepared = known[text] { return prepared }
        if let prepared = late.withLock({ $0[text] }) { return prepared }
        let prepared = try await client.prepare(Schema.qualified(text, keyspace: keyspace))
        late.withLock { $0[text] = prepared }
        return prepared
    }

    /// How many statements were prepared when they were first run.
    var lateCount: Int { late.withLock(\.count) }
}
