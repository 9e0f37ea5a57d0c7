import Logging
import Metrics
import PlayerSessions
import SessionStoreTesting
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct LifetimeTests {
    /// 2026-01-01.
    private static let now: Int64 = 1_767_225_600_000_000

    @Test func `rows are kept until a session is forgotten, hours until it expires, and facts for longest`() {
        let lifetime = Lifetime(retention: Retention(days: 10))
        let now = LifetimeTests.now
        #expect(lifetime.hours(now, now: now) == 11 * 86_400 + 1)
        #expect(lifetime.index(now, now: now) == 21 * 86_400 + 1)
        #expect(lifetime.facts(now, now: now) == 31 * 86_400 + 1)
        #expect(Lifetime(retention: .forever).index(now, now: now) == 0)
    }

    @Test(arguments: [(0, 0), (365, 0), (5 * 365, 1), (30 * 365, 1)])
    func `the log warns of a retention that gives no space back`(_ days: Int, _ warnings: Int) async throws {
        let lines = Mutex<[String]>([])
        var options = CassandraStore.Options()
        options.retention = Retention(days: days)
        let clock = ManualClock(Timestamp(microseconds: LifetimeTests.now))
        let store = try await CassandraStore(
            InstantCluster(clock: clock.wallClock),
            options: options,
            surroundings: .system(wallClock: clock.wallClock),
            metrics: MetricsRegistry(),
            logger: Logger(minimumLevel: .warning) { _, message, _ in lines.withLock { $0.append(message) } }
        )
        await store.close()
        let found = lines.withLock { $0 }.count { $0.contains("TTLs") }
        #expect(found == warnings)
    }
}
