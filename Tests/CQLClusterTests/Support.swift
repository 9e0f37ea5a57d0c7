import CQL
import Testing

extension BoundValues {
    /// The values of a statement that has two variables, a text and a number.
    static func of(_ statement: PreparedStatement, _ text: String, _ number: Int64) -> BoundValues {
        var values = BoundValues(for: statement)
        values.append(text)
        values.append(number)
        return values
    }

    /// The values of a statement that has one variable, a text.
    static func of(_ statement: PreparedStatement, _ text: String) -> BoundValues {
        var values = BoundValues(for: statement)
        values.append(text)
        return values
    }
}

extension Cluster {
    /// Makes a keyspace of a test's own, and a table in it.
    func makeTable(
        _ keyspace: String,
        _ table: String = "numbers (name text PRIMARY KEY, number bigint)",
        copies: Int
    ) async throws {
        try await execute(
            """
            CREATE KEYSPACE IF NOT EXISTS \(keyspace)
            WITH replication = {'class': 'SimpleStrategy', 'replication_factor': \(copies)}
            """
        )
        try await execute("CREATE TABLE IF NOT EXISTS \(keyspace).\(table)")
    }
}

/// All tests of the client on real nodes, one suite after the other.
@Suite(.serialized) struct OnRealNodes {}
