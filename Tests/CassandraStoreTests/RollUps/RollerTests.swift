import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

/// What a roller asks of a cluster, and what it does where that fails.
@Suite struct RollerTests {
    private static let refusal = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)
    private static let silence = ClusterError(outcome: .unknown, reason: "no answer")
    private static let months: Int64 = 8

    /// A start in each of some months, whose leases have run out and were watched.
    private func ripe() async throws -> Workbench {
        let bench = Workbench()
        for month in 0..<RollerTests.months {
            try await bench.tellStart(minutesAgo: 30 + month * 31 * 1_440, session: "s\(month)")
        }
        _ = try await bench.core.roller.pass()
        bench.pass(Lease.watch)
        return bench
    }

    private func count(_ statements: [Statement], _ isCounted: (Statement) -> Bool) -> Int64 {
        Int64(statements.count(where: isCounted))
    }

    private func isBatch(_ statement: Statement) -> Bool {
        if case .advanceVersion = statement { true } else { false }
    }

    private func isMarkerRead(_ statement: Statement) -> Bool {
        if case .readMarkers = statement { true } else { false }
    }

    private func isVersionRead(_ statement: Statement) -> Bool {
        if case .readVersion = statement { true } else { false }
    }

    @Test func `a month with nothing to do costs one read, and once an hour one more`() async throws {
        let bench = try await ripe()
        let told = Atomic(Int64(0))
        let applied = try await bench.core.roller.pass { told.add(1, ordering: .relaxed) }
        #expect(applied == RollerTests.months)
        #expect(told.load(ordering: .relaxed) == RollerTests.months)
        _ = bench.cluster.takeStatements()
        let again = try await bench.core.roller.pass()
        #expect(again == 0)
        let idle = bench.cluster.takeStatements()
        #expect(Int64(idle.count) == 1 + RollerTests.months)
        #expect(count(idle, isMarkerRead) == RollerTests.months)
        bench.pass(HourCopies.patience)
        _ = try await bench.core.roller.pass()
        let later = bench.cluster.takeStatements()
        #expect(count(later, isVersionRead) == RollerTests.months)
    }

    @Test func `the version is read before the markers that a batch acts on`() async throws {
        let bench = try await ripe()
        _ = bench.cluster.takeStatements()
        _ = try await bench.core.roller.pass()
        let asked = bench.cluster.takeStatements()
        let batch = try #require(asked.firstIndex(where: isBatch))
        let version = try #require(asked[..<batch].lastIndex(where: isVersionRead))
        let markers = try #require(asked[..<batch].lastIndex(where: isMarkerRead))
        #expect(version < markers)
    }

    /// Three sessions in spans of a month, and the span to which the first one's start was moved; all leases may go.
    private func ripeMonth() async throws -> (bench: Workbench, moved: SessionKey, spans: [Int64]) {
        let bench = Workbench()
        for minutes in [Int64(30), 50, 70] {
            try await bench.tellStart(minutesAgo: minutes, session: "s\(minutes)")
        }
        // While its first span has a lease that is watched too briefly, the change there waits.
        _ = try await bench.core.roller.pass()
        bench.pass(Lease.watch)
        try await bench.tellStart(minutesAgo: 90, session: "s30")
        _ = bench.core.roller.watch.observe(
            try await reader(bench).markers(),
            in: reader(bench).bucket,
            now: bench.core.access.surroundings.elapsed(),
            age: Lease.watch
        )
        bench.pass(Lease.watch)
        let now = bench.clock.now.microseconds
        let spans = [Int64(30), 50, 70, 90].map { Tier.span.unit(of: now - $0 * Microseconds.perMinute) }
        return (bench, SessionKey(Workbench.player, Identifier(unchecked: Array("s30".utf8))), spans)
    }

    private func reader(_ bench: Workbench) -> BucketReader {
        let span = Tier.span.unit(of: bench.clock.now.microseconds)
        return BucketReader(access: bench.core.access, bucket: Tier.bucket(ofSpan: span))
    }

    /// Runs a pass while requests are refused as a test says; gives its error, and the spans that have markers then.
    private func pass(
        _ bench: Workbench,
        refusing isRefused: @escaping @Sendable (Statement) -> ClusterError?
    ) async throws -> (error: ClusterError?, marked: Set<Int64>) {
        bench.cluster.onRequest { request throws(ClusterError) in
            if let refusal = isRefused(request.statements[0]) { throw refusal }
        }
        var failure: ClusterError?
        do throws(ClusterError) { _ = try await bench.core.roller.pass() } catch { failure = error }
        bench.cluster.onRequest(nil)
        return (failure, Set(try await reader(bench).markers().map(\.span)))
    }

    @Test func `a session that cannot be read keeps its own spans from being summed, and no others`()
        async throws
    {
        let (bench, moved, spans) = try await ripeMonth()
        let (error, marked) = try await pass(bench) { $0 == .readFacts(moved) ? RollerTests.refusal : nil }
        #expect(error == RollerTests.refusal)
        #expect(marked == [spans[0], spans[3]])
        let count = try await bench.count()
        #expect(count == 3)
        let (none, after) = try await pass(bench) { _ in nil }
        #expect(none == nil)
        #expect(after.isEmpty)
        let again = try await bench.count()
        #expect(again == 3)
    }

    @Test func `a span whose rows cannot be read keeps no other from being summed`() async throws {
        let (bench, _, spans) = try await ripeMonth()
        let (error, marked) = try await pass(bench) { [span = spans[1]] statement in
            if case .readStarts(span, _, _, _) = statement { RollerTests.refusal } else { nil }
        }
        #expect(error == RollerTests.refusal)
        #expect(marked == [spans[1]])
    }

    @Test func `a session that is not answered for may be answered for later, and its month waits`()
        async throws
    {
        let (bench, moved, spans) = try await ripeMonth()
        let (error, marked) = try await pass(bench) { $0 == .readFacts(moved) ? RollerTests.silence : nil }
        #expect(error == RollerTests.silence)
        #expect(marked == Set(spans))
    }

    @Test func `a month that fails does not keep others from their turn`() async throws {
        let bench = try await ripe()
        let asked = Atomic(0)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            guard case .readMarkers = request.statements[0] else { return }
            if asked.add(1, ordering: .relaxed).newValue == 1 { throw RollerTests.refusal }
        }
        _ = bench.cluster.takeStatements()
        let result = await Result { () async throws(ClusterError) in try await bench.core.roller.pass() }
        #expect(result == .failure(RollerTests.refusal))
        let batches = count(bench.cluster.takeStatements(), isBatch)
        #expect(batches == RollerTests.months - 1)
    }

    @Test func `a cluster that fails for one month after the other is left alone`() async throws {
        let bench = try await ripe()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readMarkers = request.statements[0] { throw RollerTests.refusal }
        }
        _ = bench.cluster.takeStatements()
        let result = await Result { () async throws(ClusterError) in try await bench.core.roller.pass() }
        #expect(result == .failure(RollerTests.refusal))
        let reads = count(bench.cluster.takeStatements(), isMarkerRead)
        #expect(reads == Int64(Roller.maximumFailures))
    }

    @Test func `who is overtaken pauses, longer each time`() async throws {
        let bench = try await ripe()
        let asked = Atomic(0)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            guard case .advanceVersion = request.statements[0] else { return }
            if asked.add(1, ordering: .relaxed).newValue <= 3 { throw RollerTests.silence }
        }
        let applied = try await bench.core.roller.pass()
        #expect(applied == RollerTests.months)
        let pauses = bench.pauses
        #expect(pauses.count == 3)
        for (pause, mean) in zip(pauses, [1, 2, 4].map { $0 * GrowingPause.first }) {
            #expect((mean / 2..<mean / 2 * 3).contains(pause))
        }
    }

    @Test func `a pass that is cancelled ends behind the batch that is under way`() async throws {
        let bench = try await ripe()
        bench.cluster.onRequest { (request) throws(ClusterError) in
            guard case .advanceVersion = request.statements[0] else { return }
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        }
        _ = bench.cluster.takeStatements()
        let applied = try await Task { try await bench.core.roller.pass() }.value
        #expect(applied == 1)
        let asked = bench.cluster.takeStatements()
        #expect(count(asked, isBatch) == 1)
        #expect(count(asked, isVersionRead) == 1)
    }

    @Test func `hours are copied for a process that died before it could`() async throws {
        let bench = try await ripe()
        // The sums are written, and the copy fails.
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .setHour = request.statements[0] { throw RollerTests.refusal }
        }
        let failed = await Result { () async throws(ClusterError) in try await bench.core.roller.pass() }
        #expect(failed == .failure(RollerTests.refusal))
        bench.cluster.onRequest(nil)
        _ = bench.cluster.takeStatements()
        _ = try await bench.core.roller.pass()
        let copied = count(bench.cluster.takeStatements()) { if case .setHour = $0 { true } else { false } }
        #expect(copied == RollerTests.months)
    }

    @Test func `a day's lease is summed in few batches and one marker goes with it`() async throws {
        let bench = Workbench()
        let told = 60
        for number in 0..<Int64(told) {
            try await bench.tellStart(minutesAgo: 20 * 60 + 10 * number, session: "s\(number)")
        }
        _ = try await bench.core.roller.pass()
        bench.pass(Lease.watch)
        _ = bench.cluster.takeRequests()
        let applied = try await bench.core.roller.pass()
        #expect(applied == 144 / RollUpPlan.maximumSpans)
        let written = bench.cluster.takeRequests().flatMap(\.statements)
        let removed = count(written) { if case .deleteMarker = $0 { true } else { false } }
        // Of spans and hours, until 16 spans had been asked for, and of the day.
        #expect(removed == 10)
        #expect(try await bench.count() == told)
        let rows = count(bench.cluster.takeStatements()) { if case .readStarts = $0 { true } else { false } }
        #expect(rows == 0)
    }

    @Test func `what was summed of a day is not summed again where a pass ends between`() async throws {
        let bench = Workbench()
        for number in 0..<Int64(20) {
            try await bench.tellStart(minutesAgo: 20 * 60 + 10 * number, session: "s\(number)")
        }
        _ = try await bench.core.roller.pass()
        bench.pass(Lease.watch)
        let asked = Atomic(0)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            guard case .advanceVersion = request.statements[0] else { return }
            if asked.add(1, ordering: .relaxed).newValue == 4 { throw RollerTests.refusal }
        }
        let failed = await Result { () async throws(ClusterError) in try await bench.core.roller.pass() }
        #expect(failed == .failure(RollerTests.refusal))
        bench.cluster.onRequest(nil)
        #expect(try await bench.core.roller.pass() == 144 / RollUpPlan.maximumSpans - 3)
    }
}
