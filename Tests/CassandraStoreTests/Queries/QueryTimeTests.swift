import Logging
import Metrics
import PlayerSessions
import SessionStoreTesting
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct QueryTimeTests {
    /// The machine's time, but for pauses, which end when a test lets them.
    private final class Pauses: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        let asked = Mutex<[Int64]>([])

        func sleep(_ nanoseconds: Int64) async {
            asked.withLock { $0.append(nanoseconds) }
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }

        func end() {
            let all = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            all.forEach { $0.resume() }
        }
    }

    private func queryTime(_ pauses: Pauses) -> QueryTime {
        var surroundings = Surroundings.system(wallClock: .system)
        surroundings.sleep = { await pauses.sleep($0) }
        return QueryTime(surroundings: surroundings)
    }

    @Test(.endsSomeTime) func `a query that is not answered is an error after 30 seconds, and ends`()
        async throws
    {
        let pauses = Pauses()
        let hanging = Mutex<CheckedContinuation<Void, Never>?>(nil)
        let wasCancelled = Atomic(false)
        let time = queryTime(pauses)
        let query = Task {
            await Result { () async throws(ClusterError) in
                try await time.run { () async throws(ClusterError) -> Int in
                    await withCheckedContinuation { continuation in hanging.withLock { $0 = continuation } }
                    wasCancelled.store(Task.isCancelled, ordering: .relaxed)
                    return 1
                }
            }
        }
        while pauses.asked.withLock(\.isEmpty) || hanging.withLock({ $0 == nil }) { await Task.yield() }
        #expect(pauses.asked.withLock { $0 } == [30_000_000_000])
        pauses.end()
        guard case .failure(let error) = await query.value else {
            Issue.record("an answer")
            return
        }
        #expect(error.isTransient)
        #expect(error.reason.contains("within 30 s"))
        hanging.withLock { $0?.resume() }
        while !wasCancelled.load(ordering: .relaxed) { await Task.yield() }
    }

    @Test func `an answer in time is the answer, and so is an error`() async throws {
        let time = QueryTime(surroundings: .system(wallClock: .system))
        #expect(try await time.run { () async throws(ClusterError) in 7 } == 7)
        let failure = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)
        await #expect(throws: failure) {
            try await time.run { () async throws(ClusterError) -> Int in throw failure }
        }
    }

    @Test(.endsSomeTime, arguments: [true, false])
    func `a store whose cluster does not answer a query refuses it as overloaded, with the reason`(
        _ isCount: Bool
    ) async throws {
        let cluster = StubCluster { _ throws(ClusterError) in Page() }
        let pauses = Pauses()
        var surroundings = Surroundings.system(wallClock: .system)
        surroundings.sleep = { nanoseconds in
            if nanoseconds == QueryTime.limit {
                await pauses.sleep(nanoseconds)
            } else {
                try? await Task.sleep(nanoseconds: UInt64(max(0, nanoseconds)))
            }
        }
        var options = CassandraStore.Options()
        options.closingPatience = 1_000_000
        let lines = LogLines()
        let store = try await CassandraStore(
            cluster,
            options: options,
            surroundings: surroundings,
            metrics: MetricsRegistry(),
            logger: lines.logger
        )
        cluster.hang()
        let query = Task {
            if isCount {
                let always = TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)
                _ = try await store.sessionStarts(in: always, for: .local)
            } else {
                _ = try await store.completeSessions(of: Workbench.player, limit: 3, for: .local)
            }
        }
        while pauses.asked.withLock(\.isEmpty) { await Task.yield() }
        pauses.end()
        let error = await #expect(throws: SessionStoreError.self) { try await query.value }
        #expect(error?.kind == .overloaded)
        #expect(lines.all.contains { $0.contains("within 30 s") }, "\(lines.all)")
        await store.close()
    }
}
