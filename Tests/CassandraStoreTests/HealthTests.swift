import PlayerSessions
import SessionStoreTesting
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct HealthTests {
    private let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_000_000))
    private let lines = LogLines()
    private let failure = ClusterError(outcome: .unknown, reason: "no quorum")

    /// A node that takes writes, and whose clock shows so many seconds too much.
    private func node(ahead seconds: Int64 = 0) -> StubCluster.Body {
        { [clock] request throws(ClusterError) in
            guard case .readClock = request.statements[0] else { return Page() }
            return Page(rows: [[.bigint(clock.now.microseconds / 1_000 + seconds * 1_000)]])
        }
    }

    private func health(_ cluster: StubCluster) -> Health {
        let access = ClusterAccess(cluster: cluster, surroundings: .system(wallClock: clock.wallClock))
        let trace = ProcessTrace(access)
        return Health(access, logger: lines.logger) { () async throws(ClusterError) in
            try await trace.leave()
        }
    }

    @Test func `a batch that fails asks for a look and decides nothing`() async {
        let health = health(StubCluster(node()))
        await health.look()
        health.observe(.success(()))
        #expect(!health.isInDoubt)
        health.observe(.failure(failure))
        #expect(health.unreadiness == nil)
        #expect(health.isInDoubt)
        await health.look()
        #expect(health.unreadiness == nil)
        #expect(!health.isInDoubt)
    }

    @Test func `the write decides, sent once, and says why`() async {
        let cluster = StubCluster { [failure] _ throws(ClusterError) in throw failure }
        let health = health(cluster)
        await health.look()
        #expect(cluster.count() == 1)
        #expect(health.unreadiness == "no quorum")
        health.observe(.failure(failure))
        #expect(!health.isInDoubt)
        // One session's batch is not all of them.
        health.observe(.success(()))
        #expect(health.unreadiness == "no quorum")
        #expect(health.isInDoubt)
        cluster.behave(node())
        await health.look()
        #expect(health.unreadiness == nil)
        #expect(
            lines.all == [
                "warning the store takes no writes reason=no quorum", "info the store takes writes again",
            ]
        )
    }

    @Test(arguments: [-75, 75])
    func `clocks that differ in two looks in a row are said`(_ seconds: Int64) async {
        let cluster = StubCluster(node(ahead: seconds))
        let health = health(cluster)
        await health.look()
        #expect(health.unreadiness == nil)
        #expect(health.isInDoubt)
        await health.look()
        let reason = health.unreadiness ?? ""
        let other = Timestamp(microseconds: clock.now.microseconds + seconds * 1_000_000)
        for part in ["75 s", "\(clock.now)", "\(other)"] { #expect(reason.contains(part), "\(reason)") }
        #expect(!health.isInDoubt)
        cluster.behave(node())
        await health.look()
        #expect(health.unreadiness == nil)
    }

    @Test func `one node's clock among others is no difference`() async {
        let cluster = StubCluster(node())
        let health = health(cluster)
        for _ in 0..<3 {
            cluster.behave(node(ahead: 300))
            await health.look()
            #expect(health.unreadiness == nil)
            cluster.behave(node())
            await health.look()
            #expect(health.unreadiness == nil)
        }
    }

    @Test(.endsSomeTime)
    func `doubt makes the next look come soon`() async {
        let (time, looks) = (ManualTime(), Looks())
        let cluster = StubCluster { _ throws(ClusterError) in Page() }
        var surroundings = Surroundings.system(wallClock: clock.wallClock)
        surroundings.sleep = { pause in
            time.pass(pause)
            await Task.yield()
        }
        let access = ClusterAccess(cluster: cluster, surroundings: surroundings)
        let trace = ProcessTrace(access)
        let health = Health(access, logger: .silent) { () async throws(ClusterError) in
            try await trace.leave()
        }
        cluster.behave { [failure] request throws(ClusterError) in
            guard case .probe = request.statements[0] else { return Page() }
            // A batch fails while the third look is under way.
            if looks.add(at: time.elapsed() / 1_000_000_000) == 3 { health.observe(.failure(failure)) }
            return Page()
        }
        let watching = Task { await health.watch(Health.Pace()) }
        while looks.seconds.count < 5 { await Task.yield() }
        watching.cancel()
        await watching.value
        let first = Array(looks.seconds.prefix(5))
        #expect(first == [0, 5, 10, 11, 16])
    }

    /// When there was a look, in seconds.
    private final class Looks: Sendable {
        private let times = Mutex<[Int64]>([])

        var seconds: [Int64] { times.withLock { $0 } }

        /// Gives how many there were.
        func add(at second: Int64) -> Int {
            times.withLock { times in
                times.append(second)
                return times.count
            }
        }
    }
}
