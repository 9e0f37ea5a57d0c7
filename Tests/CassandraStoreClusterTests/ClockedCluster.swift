import SessionStoreTesting

@testable import CassandraStore

/// A cluster whose clock shows what a test's clock shows: a store finds nothing wrong about that.
struct ClockedCluster: Cluster {
    let cluster: ClientCluster
    let clock: ManualClock

    func run(_ request: Request) async throws(ClusterError) -> Page {
        if case .readClock = request.statements.first {
            return Page(rows: [[.bigint(clock.now.microseconds / 1_000)]])
        }
        return try await cluster.run(request)
    }

    func close() async { await cluster.close() }
}
