import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct RebuildTests {
    /// Starts of three months, and sums of them.
    private func summed() async throws -> Workbench {
        let bench = Workbench()
        for month in 0..<Int64(3) {
            for minutes in [30, 200, 3_000] as [Int64] {
                try await bench.tellStart(
                    minutesAgo: minutes + month * 31 * 1_440,
                    session: "s\(month) \(minutes)"
                )
            }
        }
        _ = try await bench.core.flusher.pass()
        bench.pass(Lease.watch)
        while try await bench.core.flusher.pass() > 0 {}
        return bench
    }

    /// Writes a sum over another, as nobody does.
    private func spoil(_ bench: Workbench, _ tier: Tier, _ number: Int) async throws {
        let instant = bench.clock.now.microseconds - 200 * Microseconds.perMinute
        let (unit, bucket) = (tier.unit(of: instant), Tier.month.unit(of: instant))
        var wrong = StartTotals()
        wrong.add(CountryCode(ordinal: 0), number)
        try await bench.core.access.write(.setTotal(bucket: bucket, tier, unit: unit, wrong, version: 1))
    }

    /// The starts of windows that begin so many minutes ago, so that sums of every length are read.
    private func counts(_ bench: Workbench) async throws -> [Int] {
        var counts: [Int] = []
        for minutes in [60, 230, 300, 1_500, 4_000, 60_000, 6_000_000] as [Int64] {
            let from = bench.clock.now.microseconds - minutes * Microseconds.perMinute
            let window = TrailingWindow(from: Timestamp(microseconds: from), until: .latest)
            counts.append(try await bench.core.starts(in: window).values.reduce(0, +))
        }
        return counts
    }

    @Test(arguments: Tier.allCases)
    func `a wrong sum of any length is right after a rebuild`(_ tier: Tier) async throws {
        let bench = try await summed()
        let right = try await counts(bench)
        #expect(right == [1, 2, 2, 2, 3, 6, 9])
        try await spoil(bench, tier, 77)
        let wrong = try await counts(bench)
        #expect(wrong != right)
        let spans = try await bench.core.rebuild(waits: false)
        #expect(spans == 9)
        let again = try await counts(bench)
        #expect(again == right)
        // The hours for outside readers follow.
        #expect(bench.instant.hours().values.reduce(0, +) == 9)
    }

    @Test func `a process that lives goes on where it is registered`() async throws {
        let bench = Workbench()
        let bucket = Tier.month.unit(of: bench.clock.now.microseconds)
        func flush() async throws {
            for _ in 0..<3 {
                _ = try await bench.core.flusher.flush(bucket)
                try await bench.core.writer.registrar.renew()
            }
        }
        try await bench.tellStart(minutesAgo: 0, session: "first")
        try await flush()
        // Its log is there still, and so is one that is not flushed.
        try await bench.tellStart(minutesAgo: 0, session: "second")
        _ = try await bench.core.rebuild(waits: false)
        _ = try await bench.core.flusher.flush(bucket)
        try await bench.tellStart(minutesAgo: 0, session: "third")
        #expect(try await bench.count() == 3)
        try await flush()
        #expect(try await bench.count() == 3)
        let state = try await MonthReader(access: bench.core.access, bucket: bucket).state()
        #expect(bench.registration(in: state, bucket)?.low != Registration.idle)
    }

    @Test func `it sums less at a time where others flush all the time`() async throws {
        let bench = try await summed()
        let reads = Atomic(0)
        bench.cluster.onRequest { [bench] request throws(ClusterError) in
            switch request.statements[0] {
            case .readStateSerially: reads.store(0, ordering: .relaxed)
            case .readFlushed(let span, _):
                guard reads.add(1, ordering: .relaxed).newValue > 1 else { return }
                let bucket = Tier.bucket(ofSpan: span)
                let state = try await MonthReader(access: bench.core.access, bucket: bucket).state()
                let next = Statement.setVersion(
                    bucket: bucket,
                    to: (state.version ?? 0) + 1,
                    flushed: state.flushed ?? 0
                )
                _ = try await bench.instant.run(.single(next))
            default: break
            }
        }
        let spans = try await bench.core.rebuild(waits: false)
        #expect(spans == 9)
    }

    @Test func `it says how far it came, and ends when it is told to`() async throws {
        let bench = try await summed()
        let told = Mutex<[Rebuild.Progress]>([])
        _ = try await bench.core.rebuild(
            waits: false,
            report: { progress in told.withLock { $0.append(progress) } }
        )
        guard case .summing(let done, let total)? = told.withLock({ $0 }).last else {
            Issue.record("no progress")
            return
        }
        #expect((done, total) == (9, 9))
        let stopped = try await bench.core.rebuild(waits: true, isStopped: { true })
        #expect(stopped == nil)
    }

    @Test func `what the cluster does not take is tried again, and not for ever`() async throws {
        let bench = try await summed()
        let failure = ClusterError(outcome: .unknown, reason: "no quorum")
        let failures = Atomic(0)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            guard case .advanceVersion = request.statements[0] else { return }
            if failures.add(1, ordering: .relaxed).newValue <= 5 { throw failure }
        }
        let spans = try await bench.core.rebuild(waits: false)
        #expect(spans == 9)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readStateSerially = request.statements[0] { throw failure }
        }
        await #expect(throws: ClusterError.self) { _ = try await bench.core.rebuild(waits: false) }
    }
}
