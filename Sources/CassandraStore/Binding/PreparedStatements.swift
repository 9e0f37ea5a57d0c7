internal import CQL
import Synchronization

/// The store's statements, each prepared once.
final class PreparedStatements: Sendable {
    private let client: CQL.Cluster
    private let keyspace: String
    /// The statements prepared at opening, by their text without the keyspace.
    private let known: [String: PreparedStatement]
    /// Those prepared later.
    private let late = Mutex<[String: PreparedStatement]>([:])

    /// Prepares all statements in turn: some fifty round trips.
    init(_ client: CQL.Cluster, keyspace: String) async throws(CQLError) {
        var known: [String: PreparedStatement] = [:]
        for text in Set(Statement.examples.map(\.text)) {
            known[text] = try await client.prepare(Schema.qualified(text, keyspace: keyspace))
        }
        self.client = client
        self.keyspace = keyspace
        self.known = known
    }

    /// Returns a statement's prepared form.
    func prepared(_ statement: Statement) async throws(CQLError) -> PreparedStatement {
        let text = statement.text
        if let prepared = known[text] { return prepared }
        if let prepared = late.withLock({ $0[text] }) { return prepared }
        let prepared = try await client.prepare(Schema.qualified(text, keyspace: keyspace))
        late.withLock { $0[text] = prepared }
        return prepared
    }

    /// The number of statements that were prepared on first use.
    var lateCount: Int { late.withLock(\.count) }
}
