import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct ClusterAccessTests {
    private let time = ManualTime()

    /// What access makes of a request that takes so many seconds and always fails like this: how often it was sent.
    private func attempts(seconds: Int64, _ failure: ClusterError) async -> Int {
        let cluster = StubCluster { [time] _ throws(ClusterError) in
            time.pass(seconds * 1_000_000_000)
            throw failure
        }
        var surroundings = Surroundings.system(wallClock: .system)
        surroundings.elapsed = time.elapsed
        surroundings.sleep = { [time] in time.pass($0) }
        let access = ClusterAccess(cluster: cluster, surroundings: surroundings)
        let error = await #expect(throws: ClusterError.self) { try await access.write(.registerBucket(1)) }
        #expect(error == failure)
        return cluster.count()
    }

    @Test func `what fails soon is sent three times`() async {
        #expect(await attempts(seconds: 0, ClusterError(outcome: .unknown, reason: "no")) == 3)
    }

    @Test(arguments: [(4, 3), (6, 2), (11, 1)])
    func `nothing is sent once it is old`(_ seconds: Int64, _ expected: Int) async {
        #expect(await attempts(seconds: seconds, ClusterError(outcome: .unknown, reason: "no")) == expected)
    }

    @Test func `what belongs to a batch that has taken too long is not sent, nor sent again`() async throws {
        let failure = ClusterError(outcome: .unknown, reason: "no")
        let fails = Atomic(false)
        let cluster = StubCluster { [time] _ throws(ClusterError) in
            time.pass(6_000_000_000)
            if fails.load(ordering: .relaxed) { throw failure }
            return Page()
        }
        var surroundings = Surroundings.system(wallClock: .system)
        surroundings.elapsed = time.elapsed
        surroundings.sleep = { [time] in time.pass($0) }
        let unbounded = ClusterAccess(cluster: cluster, surroundings: surroundings, batchTime: .ofClients)
        let access = unbounded.bounded(events: 0)
        for _ in 0..<2 { try await access.write(.registerBucket(1)) }
        fails.store(true, ordering: .relaxed)
        // At 12 seconds it is too late to try again, and at 18 to try at all.
        await #expect(throws: failure) { try await access.write(.registerBucket(1)) }
        #expect(cluster.count() == 3)
        let error = await #expect(throws: ClusterError.self) { try await access.write(.registerBucket(1)) }
        #expect(error?.isTransient == true && error?.outcome == .notApplied)
        #expect(cluster.count() == 3)
        // What begins now has its own time.
        await #expect(throws: failure) {
            try await access.bounded(events: 0).write(.registerBucket(1))
        }
        #expect(cluster.count() == 5)
        // And more of it with more events: 16 seconds and another 10 ms for each.
        fails.store(false, ordering: .relaxed)
        let large = access.bounded(events: 10_000)
        for _ in 0..<20 { try await large.write(.registerBucket(1)) }
        await #expect(throws: ClusterError.self) { try await large.write(.registerBucket(1)) }
        #expect(cluster.count() == 25)
    }

    @Test func `a batch that no client waits for takes its time`() async throws {
        let cluster = StubCluster { [time] _ throws(ClusterError) in
            time.pass(6_000_000_000)
            return Page()
        }
        var surroundings = Surroundings.system(wallClock: .system)
        surroundings.elapsed = time.elapsed
        let access = ClusterAccess(cluster: cluster, surroundings: surroundings).bounded(events: 10)
        for _ in 0..<100 { try await access.write(.registerBucket(1)) }
        #expect(cluster.count() == 100)
    }

    @Test func `what has waited for room in vain, or is refused, is not sent again`() async {
        let waited = ClusterError(outcome: .notApplied, reason: "slow", mayRepeat: false)
        #expect(await attempts(seconds: 5, waited) == 1)
        let refused = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)
        #expect(await attempts(seconds: 0, refused) == 1)
    }
}
