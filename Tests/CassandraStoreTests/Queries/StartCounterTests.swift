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
            if case .readBuckets = request.statements[0] { query.withLock { $0?.cancel() } }
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
        #expect(!asked.contains { if case .readMonth = $0 { true } else { false } })
        #expect(!asked.contains { if case .readLoggedStarts = $0 { true } else { false } })
    }

    @Test func `a count asks for the months, and of each for its sums and its logs`() async throws {
        let bench = try await logged()
        _ = bench.cluster.takeStatements()
        #expect(try await bench.count() == 10)
        let asked = bench.cluster.takeStatements()
        #expect(asked.count == 1 + 10 * 2)
        #expect(asked.count { if case .readLoggedStarts = $0 { true } else { false } } == 10)
        _ = try await bench.core.flusher.pass()
        bench.pass(Lease.watch)
        _ = try await bench.core.flusher.pass()
        _ = bench.cluster.takeStatements()
        #expect(try await bench.count() == 10)
        #expect(bench.cluster.takeStatements().count == 1 + 10)
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

    @Test func `the months of a short window are not looked up first`() async throws {
        let bench = try await logged()
        for days in [1, 60] {
            let now = bench.clock.now.microseconds
            let window = now - Int64(days) * Microseconds.perDay..<now + 1
            _ = bench.cluster.takeStatements()
            let totals = try await bench.core.counts.run(window)
            let asked = bench.cluster.takeStatements()
            #expect(totals.starts.values.reduce(0, +) == (days + 30) / 31)
            #expect(!asked.contains(.readBuckets))
        }
    }

    @Test func `of a cut minute only logs that the window divides are read by starts`() async throws {
        let bench = Workbench()
        var next = 0
        func tell(_ millisecondsAgo: [Int64]) async throws {
            for ago in millisecondsAgo {
                let at = Timestamp(microseconds: bench.clock.now.microseconds - ago * 1_000)
                let event = bench.event(.start(CountryCode(ordinal: 0)), "s\(next)", at: at)
                try await bench.core.store(EventBatch([event]))
                next += 1
            }
            _ = try await bench.core.flusher.pass()
            bench.pass(Lease.watch)
            _ = try await bench.core.flusher.pass()
        }
        // The lower end of the window lies 100 s back, in the second and the third of these flushes.
        let flushes: [[Int64]] = [
            [105_000, 104_000], [103_000, 99_000], [96_000, 95_500], [101_000, 100_000], [98_000, 97_000],
        ]
        for flush in flushes { try await tell(flush) }
        // Of the last flush the starts are at hand.
        try await tell([10_000])
        let now = bench.clock.now.microseconds
        for ago in 95..<107 {
            let lower = now - Int64(ago) * Microseconds.perSecond
            _ = bench.cluster.takeStatements()
            let totals = try await bench.core.counts.run(lower..<now + 1)
            let expected = (flushes.flatMap(\.self) + [10_000]).count { $0 <= ago * 1_000 }
            #expect(totals.starts.values.reduce(0, +) == expected, "\(ago) s back")
            let asked = bench.cluster.takeStatements()
            let reads = asked.count { if case .readFlushed = $0 { true } else { false } }
            let isDivided = flushes.contains { flush in
                flush.contains { $0 > ago * 1_000 } && flush.contains { $0 <= ago * 1_000 }
            }
            #expect(reads == (isDivided ? 1 : 0), "\(ago) s back")
        }
    }

    @Test func `a count whose process stands still all the time is not repeated for ever`() async throws {
        let bench = try await logged()
        bench.cluster.onRequest { [bench] (request) throws(ClusterError) in
            if case .readMonth = request.statements[0] { bench.pass(FlushedLogs.delay) }
        }
        await #expect(throws: ClusterError.self) { try await bench.count() }
    }
}
