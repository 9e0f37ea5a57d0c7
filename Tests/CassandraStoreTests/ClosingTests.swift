import Logging
import Metrics
import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct ClosingTests {
    private let country = CountryCode(ordinal: 0)

    private func batch() throws -> EventBatch {
        EventBatch([
            SessionEvent(
                .start(country),
                playerID: try Identifier("p"),
                sessionID: try Identifier("s"),
                timestamp: Timestamp(microseconds: 1_480_683_600_000_000)
            )
        ])
    }

    /// A store whose cluster answered until now.
    private func makeStore(_ cluster: StubCluster, _ logger: Logger) async throws -> CassandraStore {
        var options = CassandraStore.Options()
        options.closingPatience = 100_000_000
        options.passPause = 1_000_000
        return try await CassandraStore(
            cluster,
            options: options,
            surroundings: .system(wallClock: .system),
            metrics: MetricsRegistry(),
            logger: logger
        )
    }

    @Test(.endsSomeTime)
    func `a store whose cluster does not answer closes, and says so to those who wait`() async throws {
        let cluster = StubCluster { _ throws(ClusterError) in Page() }
        let lines = LogLines()
        let store = try await makeStore(cluster, lines.logger)
        let passes = cluster.count { $0.statements == [.readBuckets] }
        cluster.hang()
        // A pass waits, too.
        while cluster.count(where: { $0.statements == [.readBuckets] }) == passes { await Task.yield() }
        let batch = try batch()
        let kinds = Mutex<[SessionStoreError.Kind?]>([])
        let sent = cluster.count()
        await withCheckedContinuation { continuation in
            store.append(batch) { result in
                if case .failure(let error) = result { kinds.withLock { $0.append(error.kind) } }
                continuation.resume()
            }
            Task {
                while cluster.count() == sent { await Task.yield() }
                await store.close()
            }
        }
        let told = kinds.withLock { $0 }
        #expect(told == [.closing])
        #expect(lines.all == [])
        await store.close()
    }

    @Test func `what a moment can mend is in the log, and the caller is told to come again`() async throws {
        let cluster = StubCluster { _ throws(ClusterError) in Page() }
        let lines = LogLines()
        let store = try await makeStore(cluster, lines.logger)
        cluster.behave { _ throws(ClusterError) in throw ClusterError(outcome: .unknown, reason: "no quorum")
        }
        let batch = try batch()
        let error = await #expect(throws: SessionStoreError.self) { try await store.append(batch) }
        #expect(error?.kind == .overloaded)
        let line =
            "warning the cluster did not do what it was asked operation=store a batch reason=no quorum"
        #expect(lines.all.contains(line), "\(lines.all)")
        await store.close()
    }
}
