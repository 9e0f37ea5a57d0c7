import CQL
import Synchronization
import Testing

/// The nodes of the suite that runs.
func nodes() throws -> CassandraNodes {
    try #require(NodesTrait.current)
}

/// A configuration for the suite's nodes, impatient so that tests end soon.
func configuration(_ change: (inout ClusterConfiguration) -> Void = { _ in }) throws -> ClusterConfiguration {
    let nodes = try nodes()
    var configuration = ClusterConfiguration(
        contactPoints: (1...nodes.count).map {
            ContactPoint(host: nodes.address($0), port: CassandraNodes.port)
        }
    )
    configuration.attemptTimeout = .seconds(4)
    configuration.requestTimeout = .seconds(20)
    configuration.longestReconnectPause = .seconds(1)
    change(&configuration)
    return configuration
}

/// Runs a test with a client that is closed behind it.
func withCluster(
    _ change: (inout ClusterConfiguration) -> Void = { _ in },
    _ body: (Cluster) async throws -> Void
) async throws {
    let cluster = try await Cluster.connect(try configuration(change))
    do {
        try await body(cluster)
    } catch {
        await cluster.close()
        throw error
    }
    await cluster.close()
}

/// Waits until `isTrue` is, generously; answers whether it came to be.
func eventually(_ isTrue: () async -> Bool) async throws -> Bool {
    for _ in 0..<1_200 {
        if await isTrue() { return true }
        try await Task.sleep(for: .milliseconds(50))
    }
    return false
}

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
