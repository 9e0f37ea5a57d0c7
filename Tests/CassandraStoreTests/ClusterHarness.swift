import Logging
import Metrics
import PlayerSessions
import SessionStoreTesting
import Synchronization

@testable import CassandraStore

/// Opens stores on an instant cluster of its own.
final class ClusterHarness: StoreHarness, Sendable {
    let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_123_456))
    let cluster: InstantCluster
    /// What passed beside the machine's own time, in ns.
    private let skipped = Atomic<Int64>(0)
    private let current = Mutex<CassandraStore?>(nil)

    init(pageSize: Int = 5_000) {
        cluster = InstantCluster(clock: clock.wallClock, pageSize: pageSize)
    }

    func open(retention: Retention) async throws -> any SessionStore {
        try await openStore(retention: retention)
    }

    func openStore(
        retention: Retention = .forever,
        maximumEventsInFlight: Int = 65_536
    ) async throws -> CassandraStore {
        var surroundings = Surroundings.system(wallClock: clock.wallClock)
        let elapsed = surroundings.elapsed
        surroundings.elapsed = { [self] in elapsed() + skipped.load(ordering: .relaxed) }
        var options = CassandraStore.Options()
        options.retention = retention
        options.maximumEventsInFlight = maximumEventsInFlight
        // The contract's cases ask what is answered; a busy machine may take its time.
        options.queryTime = 3_600_000_000_000
        let store = try await CassandraStore(
            cluster,
            options: options,
            surroundings: surroundings,
            metrics: MetricsRegistry(),
            logger: .silent
        )
        current.withLock { $0 = store }
        return store
    }

    /// Lets time pass until every lease has run out and was watched, and flushes.
    func settle() async throws {
        guard let store = current.withLock({ $0 }) else { return }
        _ = try await store.flush()
        skipped.add(Lease.watch + StaleEnds.delay, ordering: .relaxed)
        while try await store.flush() > 0 {}
        try await store.sweep()
    }
}
