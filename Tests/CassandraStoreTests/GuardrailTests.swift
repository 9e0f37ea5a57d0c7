import Metrics
import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct GuardrailTests {
    private static let reason =
        "Guardrail minimum_timestamp violated: The modification timestamp 1 is too far in the past"

    /// A cluster that refuses writes with this timestamp, and takes everything else.
    private func cluster(_ isRefused: @escaping @Sendable (Statement) -> Bool) -> StubCluster {
        StubCluster { request throws(ClusterError) in
            if isRefused(request.statements[0]) {
                throw ClusterError(
                    outcome: .notApplied,
                    reason: GuardrailTests.reason,
                    isTransient: false,
                    isGuardrail: true
                )
            }
            return Page()
        }
    }

    private func trials(_ cluster: StubCluster) -> GuardrailTrials {
        let access = ClusterAccess(cluster: cluster, surroundings: .system(wallClock: .system))
        return GuardrailTrials(access: access, maximumClockSkew: 1_000_000)
    }

    private static func isTrial(_ statement: Statement, _ isMeant: (Int64) -> Bool) -> Bool {
        if case .trial(let timestamp) = statement { isMeant(timestamp) } else { false }
    }

    @Test func `a store that guardrails refuse does not open, and says which`() async throws {
        let cluster = cluster { GuardrailTests.isTrial($0) { $0 == 1 } }
        let error = await #expect(throws: SessionStoreError.self) {
            _ = try await CassandraStore(
                cluster,
                options: .init(),
                surroundings: .system(wallClock: .system),
                metrics: MetricsRegistry(),
                logger: .silent
            )
        }
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains("minimum_timestamp") == true, "\(error as Any)")
        #expect(error?.description.contains("docs/cassandra.md") == true, "\(error as Any)")
    }

    @Test func `timestamps of the past and of the future are tried, and large reads`() async throws {
        for timestamp in [Int64.min...1, 2...Int64.max] {
            let trials = trials(cluster { GuardrailTests.isTrial($0, timestamp.contains) })
            await #expect(throws: ClusterError.self) { try await trials.tryTimestamps() }
        }
        let trials = trials(cluster { if case .readFactsOfPlayer = $0 { true } else { false } })
        try await trials.tryTimestamps()
        await #expect(throws: ClusterError.self) { try await trials.tryAll() }
    }

    @Test func `what a moment may mend is no guardrail's`() async throws {
        let trials = trials(
            StubCluster { _ throws(ClusterError) in throw ClusterError(outcome: .unknown, reason: "no quorum")
            }
        )
        try await trials.tryTimestamps()
    }
}
