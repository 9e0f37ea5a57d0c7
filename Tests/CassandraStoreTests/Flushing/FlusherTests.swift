import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

/// What a flusher asks of a cluster, and what it does where that fails.
@Suite struct FlusherTests {
    private static let refusal = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)
    private static let silence = ClusterError(outcome: .unknown, reason: "no answer")
    private static let months: Int64 = 8

    /// A start in each of some months, whose registrations were watched for long enough.
    private func ripe() async throws -> Workbench {
        let bench = Workbench()
        for month in 0..<FlusherTests.months {
            try await bench.tellStart(minutesAgo: 30 + month * 31 * 1_440, session: "s\(month)")
        }
        _ = try await bench.core.flusher.pass()
        bench.pass(Lease.watch)
        return bench
    }

    private func count(_ statements: [Statement], _ isCounted: (Statement) -> Bool) -> Int64 {
        Int64(statements.count(where: isCounted))
    }

    private func isFlush(_ statement: Statement) -> Bool {
        if case .advanceVersion = statement { true } else { false }
    }

    private func isLook(_ statement: Statement) -> Bool {
        if case .readStateSerially = statement { true } else { false }
    }

    private func bucket(_ bench: Workbench) -> Int64 { Tier.month.unit(of: bench.clock.now.microseconds) }

    @Test func `a month with nothing to do costs one read, and once an hour one more`() async throws {
        let bench = try await ripe()
        let told = Atomic(Int64(0))
        let flushes = try await bench.core.flusher.pass { told.add(1, ordering: .relaxed) }
        #expect(flushes == FlusherTests.months)
        #expect(told.load(ordering: .relaxed) == FlusherTests.months)
        // What is left of processes that are gone goes with the next passes.
        for _ in 0..<2 {
            bench.pass(Lease.watch)
            _ = try await bench.core.flusher.pass()
        }
        _ = bench.cluster.takeStatements()
        let again = try await bench.core.flusher.pass()
        #expect(again == 0)
        let idle = bench.cluster.takeStatements()
        #expect(Int64(idle.count) == 1 + FlusherTests.months)
        #expect(count(idle, isLook) == FlusherTests.months)
        bench.pass(FlushedLogs.delay)
        _ = try await bench.core.flusher.pass()
        bench.pass(HourCopies.patience)
        _ = bench.cluster.takeStatements()
        _ = try await bench.core.flusher.pass()
        let later = bench.cluster.takeStatements()
        #expect(count(later, isLook) == 2 * FlusherTests.months)
    }

    @Test func `hours of a month that changes while they are copied are copied again`() async throws {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0)
        await bench.core.writer.registrar.resign()
        #expect(try await bench.core.flusher.flush(bucket(bench)) == .done)
        let copies = bench.core.flusher.copies
        let month = bucket(bench)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .setHour = request.statements[0] { copies.expectChanges(in: month) }
        }
        try await copies.bringUpToDate(month)
        bench.cluster.onRequest(nil)
        for isKnown in [false, true] {
            _ = bench.cluster.takeStatements()
            try await copies.bringUpToDate(month)
            #expect(bench.cluster.takeStatements().isEmpty == isKnown)
        }
    }

    @Test func `a generation is fenced before a flusher looks who is registered, and then it reads the log`()
        async throws
    {
        let bench = try await ripe()
        _ = bench.cluster.takeStatements()
        _ = try await bench.core.flusher.flush(bucket(bench))
        let asked = bench.cluster.takeStatements()
        let fence = try #require(asked.firstIndex { if case .fenceGenerations = $0 { true } else { false } })
        let look = try #require(asked.lastIndex { if case .readState = $0 { true } else { false } })
        let log = try #require(asked.firstIndex { if case .readLog = $0 { true } else { false } })
        let flush = try #require(asked.firstIndex(where: isFlush))
        #expect(fence < look && look < log && log < flush)
    }

    @Test func `who lives moves on to a new generation, and its starts are flushed while it goes on`()
        async throws
    {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0, session: "first")
        // The flusher opens a generation, the process moves on to it and out of the former, and that is flushed.
        var outcomes: [Flusher.Outcome] = []
        for _ in 0..<3 {
            outcomes.append(try await bench.core.flusher.flush(bucket(bench)))
            try await bench.core.writer.registrar.renew()
        }
        #expect(outcomes == [.waiting, .waiting, .done])
        try await bench.tellStart(minutesAgo: 0, session: "second")
        #expect(try await bench.count() == 2)
        let state = try await MonthReader(access: bench.core.access, bucket: bucket(bench)).state()
        #expect(state.unflushed().count == 1)
    }

    @Test func `who resigns is not waited for`() async throws {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0)
        await bench.core.writer.registrar.resign()
        #expect(try await bench.core.flusher.flush(bucket(bench)) == .done)
        #expect(try await bench.count() == 1)
    }

    @Test func `a month that fails does not keep others from their turn`() async throws {
        let bench = try await ripe()
        let asked = Atomic(0)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            guard case .readStateSerially = request.statements[0] else { return }
            if asked.add(1, ordering: .relaxed).newValue == 1 { throw FlusherTests.refusal }
        }
        _ = bench.cluster.takeStatements()
        let result = await Result { () async throws(ClusterError) in try await bench.core.flusher.pass() }
        #expect(result == .failure(FlusherTests.refusal))
        let flushes = count(bench.cluster.takeStatements(), isFlush)
        #expect(flushes == FlusherTests.months - 1)
    }

    @Test func `a cluster that fails for one month after the other is left alone`() async throws {
        let bench = try await ripe()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readStateSerially = request.statements[0] { throw FlusherTests.refusal }
        }
        _ = bench.cluster.takeStatements()
        let result = await Result { () async throws(ClusterError) in try await bench.core.flusher.pass() }
        #expect(result == .failure(FlusherTests.refusal))
        let looks = count(bench.cluster.takeStatements(), isLook)
        #expect(looks == Int64(Flusher.maximumFailures))
    }

    @Test func `a flush whose answer is lost is made once`() async throws {
        let bench = try await ripe()
        let asked = Atomic(0)
        bench.cluster.onRequest { [bench] (request) throws(ClusterError) in
            guard case .advanceVersion = request.statements[0] else { return }
            if asked.add(1, ordering: .relaxed).newValue > 3 { return }
            _ = try await bench.instant.run(request)
            throw FlusherTests.silence
        }
        for _ in 0..<3 { _ = try await bench.core.flusher.pass() }
        #expect(try await bench.count() == Int(FlusherTests.months))
        // Of windows that are shorter than any sum, too: what was flushed is entered by minutes.
        let now = bench.clock.now.microseconds - 30 * Microseconds.perMinute
        let window = TrailingWindow(
            from: Timestamp(microseconds: now - 1),
            until: Timestamp(microseconds: now)
        )
        #expect(try await bench.core.starts(in: window).values.reduce(0, +) == 1)
    }

    @Test func `a pass that is cancelled ends behind the flush that is under way`() async throws {
        let bench = try await ripe()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            guard case .advanceVersion = request.statements[0] else { return }
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        }
        _ = bench.cluster.takeStatements()
        let flushes = try await Task { try await bench.core.flusher.pass() }.value
        #expect(flushes == 1)
        #expect(count(bench.cluster.takeStatements(), isFlush) == 1)
    }

    @Test func `hours are copied for a process that died before it could`() async throws {
        let bench = try await ripe()
        // The sums are written, and the copy fails.
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .setHour = request.statements[0] { throw FlusherTests.refusal }
        }
        let failed = await Result { () async throws(ClusterError) in try await bench.core.flusher.pass() }
        #expect(failed == .failure(FlusherTests.refusal))
        bench.cluster.onRequest(nil)
        for _ in 0..<3 { _ = try await bench.core.flusher.pass() }
        #expect(bench.instant.hours().values.reduce(0, +) == FlusherTests.months)
    }

    @Test func `a log is removed once no query can read it any more`() async throws {
        let bench = try await ripe()
        _ = try await bench.core.flusher.pass()
        #expect(bench.instant.liveRows("log") == Int(FlusherTests.months))
        bench.pass(FlushedLogs.delay)
        _ = try await bench.core.flusher.pass()
        #expect(bench.instant.liveRows("log") == 0)
        #expect(try await bench.count() == Int(FlusherTests.months))
    }

    /// A month of which this process has flushed a start, and died before it removed the log.
    private func leaked() async throws -> (Workbench, LeakedLogs) {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0)
        await bench.core.writer.registrar.resign()
        #expect(try await bench.core.flusher.pass() == 1)
        bench.core.flusher.garbage.forget()
        return (bench, LeakedLogs(flusher: bench.core.flusher))
    }

    @Test func `a log that a process left is found and removed`() async throws {
        let (bench, leaked) = try await leaked()
        bench.pass(FlushedLogs.delay)
        _ = try await bench.core.flusher.pass()
        #expect(bench.instant.liveRows("log") == 1)
        for _ in 0..<2 { try await leaked.collect() }
        // Queries may be reading it.
        _ = try await bench.core.flusher.pass()
        #expect(bench.instant.liveRows("log") == 1)
        bench.pass(FlushedLogs.delay)
        _ = bench.cluster.takeStatements()
        _ = try await bench.core.flusher.pass()
        #expect(bench.instant.liveRows("log") == 0)
        #expect(
            count(bench.cluster.takeStatements()) { if case .deleteLog = $0 { true } else { false } } == 1
        )
        #expect(try await bench.count() == 1)
    }

    @Test func `a log that was flushed stays where the sums were set back meanwhile`() async throws {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0)
        await bench.core.writer.registrar.resign()
        #expect(try await bench.core.flusher.pass() == 1)
        bench.instant.truncate(["totals"])
        bench.pass(FlushedLogs.delay)
        _ = try await bench.core.flusher.pass()
        #expect(bench.instant.liveRows("log") == 1)
    }

    @Test func `a log of which something was not flushed, or that is not flushed, stays`() async throws {
        let (bench, leaked) = try await leaked()
        bench.instant.truncate(["flushed"])
        bench.core.flusher.forget()
        // It is not the last flush, which would be entered again.
        try await bench.tellStart(minutesAgo: 2, session: "second")
        await bench.core.writer.registrar.resign()
        #expect(try await bench.core.flusher.pass() == 1)
        bench.instant.truncate(["flushed"])
        try await bench.tellStart(minutesAgo: 0, session: "third")
        try await leaked.collect()
        bench.pass(FlushedLogs.delay)
        bench.core.flusher.garbage.forget()
        try await leaked.collect()
        #expect(bench.instant.liveRows("log") == 3)
    }

    @Test func `a flush of very many starts is one`() async throws {
        let bench = Workbench()
        for number in 0..<Int64(600) {
            try await bench.tellStart(minutesAgo: 10 * number, session: "s\(number)")
        }
        await bench.core.writer.registrar.resign()
        _ = bench.cluster.takeStatements()
        let flushes = try await bench.core.flusher.pass()
        // December has begun two days before.
        #expect(flushes == 2)
        #expect(try await bench.count() == 600)
    }
}
