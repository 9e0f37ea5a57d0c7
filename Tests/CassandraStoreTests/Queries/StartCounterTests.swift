import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

/// What counts ask of a cluster.
@Suite struct StartCounterTests {
    private static let refusal = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)

    /// A start in each of ten months, none of them flushed yet.
    private func logged() async throws -> Workbench {
        let bench = Workbench()
        for number in 0..<Int64(10) {
            try await bench.tellStart(minutesAgo: 31 * 1_440 * number, session: "s\(number)")
        }
        return bench
    }

    @Test func `all counts of a process together leave room on the cluster for batches`() async throws {
        let bench = try await logged()
        let inside = Atomic(0)
        let most = Atomic(0)
        bench.cluster.onRequest { (_) throws(ClusterError) in
            let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
            most.max(now, ordering: .sequentiallyConsistent)
            for _ in 0..<3 { await Task.yield() }
            inside.subtract(1, ordering: .sequentiallyConsistent)
        }
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 { group.addTask { try await bench.count() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == [Int](repeating: 10, count: 6))
        let asked = most.load(ordering: .sequentiallyConsistent)
        #expect(asked <= StartCounter.maximumReads)
        #expect(StartCounter.maximumReads <= RequestGate.firstWidth / 4)
    }

    @Test func `counts that fail leave room for those behind them`() async throws {
        let bench = try await logged()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readLoggedStarts = request.statements[0] { throw StartCounterTests.refusal }
        }
        // More reads that fail than there may be at a time.
        for _ in 0..<2 + StartCounter.maximumReads / StartCounter.width {
            let result = try? await bench.count()
            #expect(result == nil)
        }
        bench.cluster.onRequest(nil)
        let count = try await bench.count()
        #expect(count == 10)
    }

    @Test func `a count that fails asks no further`() async throws {
        let bench = try await logged()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readLoggedStarts = request.statements[0] { throw StartCounterTests.refusal }
        }
        _ = bench.cluster.takeStatements()
        let result = try? await bench.count()
        #expect(result == nil)
        let asked = bench.cluster.takeStatements().count
        #expect(asked <= 2 * StartCounter.width)
    }

    @Test func `a count whose query is over asks no further`() async throws {
        let bench = try await logged()
        let query = Mutex<Task<Int, any Error>?>(nil)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readState = request.statements[0] { query.withLock { $0?.cancel() } }
        }
        _ = bench.cluster.takeStatements()
        // It is kept before it begins to ask.
        let task = query.withLock { query in
            let task = Task { try await bench.count() }
            query = task
            return task
        }
        await #expect(throws: ClusterError.self) { try await task.value }
        let asked = bench.cluster.takeStatements()
        #expect(!asked.contains { if case .readUnits = $0 { true } else { false } })
        #expect(!asked.contains { if case .readLoggedStarts = $0 { true } else { false } })
    }

    @Test func `a count asks for the months, and of each for its state, its sums and its logs`() async throws
    {
        let bench = try await logged()
        _ = bench.cluster.takeStatements()
        #expect(try await bench.count() == 10)
        let asked = bench.cluster.takeStatements()
        #expect(asked.count == 1 + 10 * 3)
        #expect(asked.count { if case .readLoggedStarts = $0 { true } else { false } } == 10)
        _ = try await bench.core.flusher.pass()
        bench.pass(Lease.watch)
        _ = try await bench.core.flusher.pass()
        _ = bench.cluster.takeStatements()
        #expect(try await bench.count() == 10)
        #expect(bench.cluster.takeStatements().count == 1 + 10 * 2)
    }

    @Test func `late starts cost a count what they log, and once they are flushed nothing`() async throws {
        let bench = Workbench()
        func asked() async throws -> Int {
            _ = bench.cluster.takeStatements()
            _ = try await bench.count()
            return bench.cluster.takeStatements().count
        }
        try await bench.tellStart(minutesAgo: 0, session: "now")
        let before = try await asked()
        for number in 0..<Int64(100) {
            try await bench.tellStart(minutesAgo: 5 + number, session: "s\(number)")
        }
        #expect(try await asked() == before)
    }

    @Test func `a month that is flushed all the time is not read for ever`() async throws {
        let bench = try await logged()
        _ = try await bench.core.flusher.pass()
        bench.pass(Lease.watch)
        bench.cluster.onRequest { [bench] (request) throws(ClusterError) in
            guard case .readUnits(let bucket, _, _) = request.statements[0] else { return }
            let version = try await BucketReader(access: bench.core.access, bucket: bucket).state().version
            let next = Statement.setVersion(bucket: bucket, to: (version ?? 0) + 1, flushed: 1)
            _ = try await bench.instant.run(.single(next))
        }
        await #expect(throws: ClusterError.self) { try await bench.count() }
    }
}
