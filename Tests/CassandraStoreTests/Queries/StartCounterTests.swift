import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

/// What counts ask of a cluster while much of it waits to be summed.
@Suite struct StartCounterTests {
    private static let refusal = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)

    /// A start in each of 10 spans, none of them summed yet.
    private func imported() async throws -> Workbench {
        let bench = Workbench()
        for number in 0..<Int64(10) {
            try await bench.tellStart(minutesAgo: 10 * number, session: "s\(number)")
        }
        return bench
    }

    @Test func `all counts of a process together leave room on the cluster for batches`() async throws {
        let bench = try await imported()
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
        let bench = try await imported()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readStarts = request.statements[0] { throw StartCounterTests.refusal }
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
        let bench = try await imported()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readStarts = request.statements[0] { throw StartCounterTests.refusal }
        }
        _ = bench.cluster.takeStatements()
        let result = try? await bench.count()
        #expect(result == nil)
        let asked = bench.cluster.takeStatements().count
        #expect(asked <= 2 * StartCounter.width)
    }

    @Test func `a count whose query is over asks no further`() async throws {
        let bench = try await imported()
        let query = Mutex<Task<Int, any Error>?>(nil)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readMarkers = request.statements[0] { query.withLock { $0?.cancel() } }
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
        #expect(asked.count { if case .readMarkers = $0 { true } else { false } } == 1)
        #expect(!asked.contains { if case .readStarts = $0 { true } else { false } })
    }

    @Test func `while a day has a lease its rows are counted, and no sums of it`() async throws {
        let bench = Workbench()
        let spans = 20
        let yesterday: Int64 = 24 * 60
        for number in 0..<Int64(spans) {
            try await bench.tellStart(minutesAgo: yesterday + 10 * number, session: "s\(number)")
        }
        _ = bench.cluster.takeStatements()
        #expect(try await bench.count() == spans)
        let asked = Set(
            bench.cluster.takeStatements().compactMap { statement -> Int64? in
                if case .readStarts(let span, _, _, _) = statement { span } else { nil }
            }
        )
        let day = Tier.day.unit(of: bench.clock.now.microseconds) - 1
        #expect(asked.isSuperset(of: Tier.day.spans(of: day)))
    }
}
