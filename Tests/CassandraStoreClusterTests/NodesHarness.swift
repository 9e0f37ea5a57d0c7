import CQL
import CassandraTesting
import Logging
import Metrics
import PlayerSessions
import SessionStoreTesting
import Synchronization

@testable import CassandraStore

/// Opens stores in a keyspace of the suite's nodes, which is emptied first.
final class NodesHarness: StoreHarness, Sendable {
    let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_123_456))
    private let address: ClusterAddress
    private let elapsed = Atomic<Int64>(0)
    private let current = Mutex<CassandraStore?>(nil)

    /// A replication above 1 needs as many nodes.
    init(_ keyspace: String, copies: Int = 1) async throws {
        address = try CassandraStoreClusterTests.address(keyspace) { $0.replication = .copies(copies) }
        _ = try await CassandraStore.makeKeyspace(address, logger: .silent)
        try await withCluster { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for table in Schema.tables {
                    group.addTask {
                        let options = RequestOptions(timeout: .seconds(60))
                        try await client.execute("TRUNCATE \(keyspace).\(table.name)", BoundValues(), options)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    func open(retention: Retention) async throws -> any SessionStore {
        var surroundings = Surroundings.system(wallClock: clock.wallClock)
        surroundings.elapsed = { [self] in elapsed.load(ordering: .relaxed) }
        let opening = ClusterOpening(
            address: address,
            surroundings: surroundings,
            patience: OpeningPatience(.zero, surroundings: surroundings, logger: .silent),
            logger: .silent
        )
        let client = try await opening.connect()
        do {
            _ = try await opening.prepareKeyspace(client, makesMissing: false)
            var options = CassandraStore.Options()
            options.retention = retention
            // Some cases send tens of thousands of events at once; none of them tries overload or how long a query takes.
            options.maximumEventsInFlight = 65_536
            options.queryTime = 3_600_000_000_000
            let cluster = try await opening.bind(client, metrics: MetricsRegistry())
            let store = try await CassandraStore(
                ClockedCluster(cluster: cluster, clock: clock),
                decisions: opening.decisions(client),
                options: options,
                surroundings: surroundings,
                metrics: MetricsRegistry(),
                logger: .silent
            )
            current.withLock { $0 = store }
            return store
        } catch {
            await client.close()
            throw error
        }
    }

    /// Lets time pass until every lease has run out and was watched, and flushes.
    func settle() async throws {
        guard let store = current.withLock({ $0 }) else { return }
        _ = try await store.flush()
        elapsed.add(Lease.watch + StaleEnds.delay, ordering: .relaxed)
        while try await store.flush() > 0 { try Task.checkCancellation() }
        try await store.sweep()
    }
}
