public import CQL
import Testing

/// The nodes of the suite that runs.
public func nodes() throws -> CassandraNodes {
    try #require(NodesTrait.current)
}

/// A configuration for the suite's nodes, impatient so that tests end soon.
public func configuration(
    _ change: (inout ClusterConfiguration) -> Void = { _ in }
) throws -> ClusterConfiguration {
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
public func withCluster(
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
public func eventually(_ isTrue: () async -> Bool) async throws -> Bool {
    for _ in 0..<1_200 {
        if await isTrue() { return true }
        try await Task.sleep(for: .milliseconds(50))
    }
    return false
}
