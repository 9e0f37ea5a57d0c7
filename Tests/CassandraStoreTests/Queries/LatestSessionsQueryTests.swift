import PlayerSessions
import Testing

@testable import CassandraStore

/// What a top costs where the first rows are not the answer.
@Suite struct LatestSessionsQueryTests {
    /// Tells so many ends without starts, a second apart, and before all of them one complete session.
    private func tellEnds(_ count: Int64, _ bench: Workbench) async throws {
        let begin = bench.clock.now.microseconds - (count + 10) * Microseconds.perSecond
        func event(_ kind: SessionEvent.Kind, _ session: String, _ seconds: Int64) -> SessionEvent {
            let instant = Timestamp(microseconds: begin + seconds * Microseconds.perSecond)
            return bench.event(kind, session, at: instant)
        }
        var events = [event(.start(CountryCode(ordinal: 0)), "whole", 0), event(.end, "whole", 1)]
        events += (0..<count).map { event(.end, "s\($0)", 2 + $0) }
        try await bench.core.store(EventBatch(events))
        _ = bench.cluster.takeStatements()
    }

    /// How many sessions each statement looked up.
    private func lookUps(_ bench: Workbench) -> [Int] {
        bench.cluster.takeRequests().filter { $0.page == nil }.compactMap {
            if case .readFactsOfPlayer(_, let sessions) = $0.statements[0] { sessions.count } else { nil }
        }
    }

    @Test func `a session behind thousands of ends without starts is found in a few rounds`() async throws {
        let bench = Workbench(pageSize: 128)
        try await tellEnds(3_000, bench)
        let top = try await bench.core.top.run(Workbench.player, limit: 20)
        #expect(top.map(\.sessionID) == [Identifier(unchecked: Array("whole".utf8))])
        let lookUps = lookUps(bench)
        #expect(lookUps.reduce(0, +) == 3_001)
        #expect(lookUps.count <= 20)
        #expect(lookUps.max() == LatestSessionsQuery.chunk)
    }

    @Test func `the first rows are looked up alone where they are the answer`() async throws {
        let bench = Workbench(pageSize: 128)
        try await tellEnds(0, bench)
        _ = try await bench.core.top.run(Workbench.player, limit: 1)
        #expect(lookUps(bench) == [1])
    }

    @Test func `no more is looked up where sessions beyond the answer end at the same instant`() async throws
    {
        let bench = Workbench(pageSize: 128)
        let now = bench.clock.now
        let sessions = (10..<70).map { Identifier(unchecked: Array("s\($0)".utf8)) }
        let events = sessions.shuffled().flatMap { session in
            [.start(CountryCode(ordinal: 0)), .end].map { (kind: SessionEvent.Kind) in
                SessionEvent(kind, playerID: Workbench.player, sessionID: session, timestamp: now)
            }
        }
        try await bench.core.store(EventBatch(events))
        _ = bench.cluster.takeStatements()
        let top = try await bench.core.top.run(Workbench.player, limit: 20)
        #expect(top.map(\.sessionID) == Array(sessions.prefix(20)))
        #expect(lookUps(bench) == [24])
    }

    @Test func `nothing is looked up of sessions whose ends are expired`() async throws {
        let bench = Workbench(pageSize: 128, retention: Retention(days: 1))
        try await tellEnds(500, bench)
        bench.clock.advance(microseconds: Microseconds.perDay - 100 * Microseconds.perSecond)
        _ = try await bench.core.top.run(Workbench.player, limit: 20)
        // Those that ended in the last 91 seconds before the clock moved, and no others.
        #expect(lookUps(bench).reduce(0, +) == 91)
    }

    @Test func `a query gives up before rows of former ends may be gone`() async throws {
        #expect(LatestSessionsQuery.patience <= StaleEnds.delay / 2)
        let bench = Workbench(pageSize: 128)
        try await tellEnds(1_000, bench)
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .readEnds = request.statements[0] { bench.pass(LatestSessionsQuery.patience / 3) }
        }
        let result = await Result { () async throws(ClusterError) in
            try await bench.core.top.run(Workbench.player, limit: 20)
        }
        guard case .failure(let error) = result else {
            Issue.record("the query found an answer")
            return
        }
        #expect(error.isTransient)
        let pages = bench.cluster.takeStatements().count { if case .readEnds = $0 { true } else { false } }
        #expect(pages == 3)
    }
}
