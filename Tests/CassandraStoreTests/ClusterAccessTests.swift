import PlayerSessions
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

    @Test func `what has waited for room in vain, or is refused, is not sent again`() async {
        let waited = ClusterError(outcome: .notApplied, reason: "slow", mayRepeat: false)
        #expect(await attempts(seconds: 5, waited) == 1)
        let refused = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)
        #expect(await attempts(seconds: 0, refused) == 1)
    }
}
