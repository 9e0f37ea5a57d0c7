import PlayerSessions
import SessionStoreTesting
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct KeyspaceSettingsTests {
    /// Settings on a cluster that meets this error so many times, and then has none of them yet.
    private func settings(
        _ error: ClusterError,
        times: Int
    ) -> (KeyspaceSettings, StubCluster, OpeningPatience) {
        let count = Mutex(0)
        let cluster = StubCluster { request throws(ClusterError) in
            let isFailing = count.withLock {
                $0 += 1
                return $0 <= times
            }
            if isFailing { throw error }
            return Page()
        }
        var surroundings = Surroundings.system(wallClock: ManualClock(Timestamp(microseconds: 0)).wallClock)
        surroundings.sleep = { _ in }
        return (
            KeyspaceSettings(access: ClusterAccess(cluster: cluster, surroundings: surroundings)), cluster,
            OpeningPatience(.zero, surroundings: surroundings, logger: .silent)
        )
    }

    @Test func `replicas that do not know the table yet are waited for`() async throws {
        let error = ClusterError(outcome: .unknown, reason: "INCOMPATIBLE_SCHEMA", mayBeRace: true)
        let (settings, cluster, patience) = settings(error, times: 30)
        try await settings.check(opening: "players", patience)
        #expect(cluster.count() == 30 + 2 * Schema.settings.count + 2)
    }

    @Test func `a cluster that stays so is given up with its reason`() async throws {
        let error = ClusterError(outcome: .unknown, reason: "INCOMPATIBLE_SCHEMA", mayBeRace: true)
        let (settings, cluster, patience) = settings(error, times: .max)
        let refusal = await #expect(throws: SessionStoreError.self) {
            try await settings.check(opening: "players", patience)
        }
        #expect(refusal?.description.contains("INCOMPATIBLE_SCHEMA") == true)
        #expect(cluster.count() == KeyspaceSettings.maximumAttempts * ClusterAccess.maximumAttempts)
    }

    @Test func `a cluster that has no quorum is not waited for without patience`() async throws {
        let error = ClusterError(outcome: .unknown, reason: "no quorum")
        let (settings, cluster, patience) = settings(error, times: .max)
        await #expect(throws: SessionStoreError.self) {
            try await settings.check(opening: "players", patience)
        }
        #expect(cluster.count() == ClusterAccess.maximumAttempts)
    }

    @Test func `an error that lasts is said at once`() async throws {
        let error = ClusterError(outcome: .notApplied, reason: "no permission", isTransient: false)
        let (settings, cluster, patience) = settings(error, times: .max)
        let refusal = await #expect(throws: SessionStoreError.self) {
            try await settings.check(opening: "players", patience)
        }
        #expect(refusal?.kind == .unusable)
        #expect(cluster.count() == 1)
    }
}
