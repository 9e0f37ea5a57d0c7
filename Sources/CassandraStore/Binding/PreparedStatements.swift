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

    /// Prepares all statements at once.
    init(_ client: CQL.Cluster, keyspace: String) async throws(CQLError) {
        self.client = client
        self.keyspace = keyspace
        let texts = Set(Statement.examples.map(\.text))
        let results = await withTaskGroup(of: (String, Result<PreparedStatement, CQLError>).self) { group in
            for text in texts {
                group.addTask {
                    let qualified = Schema.qualified(text, keyspace: keyspace)
                    do throws(CQLError) {
                        return (text, .success(try await client.prepare(qualified)))
                    } catch {
                        return (text, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var known: [String: PreparedStatement] = [:]
        for (text, result) in results { known[text] = try result.get() }
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
