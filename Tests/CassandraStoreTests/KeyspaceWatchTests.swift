import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct KeyspaceWatchTests {
    private let bench = Workbench()
    private let lines = LogLines()

    private func watch(_ decisions: String = "SERIAL") -> KeyspaceWatch {
        let settings = KeyspaceSettings(access: bench.core.access, decisions: decisions)
        return KeyspaceWatch(bench.core, settings: settings, logger: lines.logger)
    }

    @Test func `tables that are truncated are noticed once, and what was told since counts`() async throws {
        let watch = watch()
        try await watch.look()
        try await watch.look()
        try await bench.tellStart(minutesAgo: 25)
        bench.instant.truncate()
        // It is registered, as far as it knows.
        try await bench.tellStart(minutesAgo: 26, session: "other")
        let before = try await bench.count()
        #expect(before == 0)
        try await watch.look()
        let after = try await bench.count()
        #expect(after == 1)
        try await watch.look()
        #expect(lines.all.count == 2, "\(lines.all)")
        #expect(lines.all.first?.contains("truncated or restored") == true)
    }

    @Test func `what cannot be registered at once is registered by the next renewal`() async throws {
        let watch = watch()
        try await watch.look()
        try await bench.tellStart(minutesAgo: 25)
        bench.instant.truncate(["totals", "settings", "buckets"])
        let failure = ClusterError(outcome: .unknown, reason: "no quorum")
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .register = request.statements[0] { throw failure }
        }
        try await watch.look()
        bench.cluster.onRequest(nil)
        #expect(try await bench.count() == 0)
        try await bench.core.writer.registrar.renew()
        #expect(try await bench.count() == 1)
    }

    @Test func `a keyspace whose sums another data centre decides is refused while that lasts`() async throws
    {
        let access = bench.core.access
        let watch = watch("LOCAL_SERIAL one")
        try await watch.look()
        #expect(watch.refusal == nil)
        let name = KeyspaceSettings.decisionsName
        try await access.write(.replaceSetting(name, "LOCAL_SERIAL two"))
        await #expect(throws: ClusterError.self) { try await watch.look() }
        let reason = watch.refusal?.reason ?? ""
        for word in ["LOCAL_SERIAL one", "LOCAL_SERIAL two", "rebuild --take-over"] {
            #expect(reason.contains(word), "\(reason)")
        }
        let mover = KeyspaceSettings(access: access, decisions: "LOCAL_SERIAL one", takesOver: true)
        try await mover.check()
        // Its sums are not made anew yet.
        await #expect(throws: ClusterError.self) { try await watch.look() }
        #expect(watch.refusal?.reason.contains("rebuild --take-over has not made its sums anew") == true)
        try await mover.endTakeOver()
        try await watch.look()
        #expect(watch.refusal == nil)
    }

    @Test func `a keyspace without a way of deciding is taken over without its lost data centre`()
        async throws
    {
        let access = bench.core.access
        bench.cluster.onRequest { request throws(ClusterError) in
            guard case .claimSetting = request.statements[0] else { return }
            throw ClusterError(
                outcome: .notApplied,
                reason: "most replicas of all data centres are not there"
            )
        }
        let mover = KeyspaceSettings(access: access, decisions: "LOCAL_SERIAL two", takesOver: true)
        try await mover.check()
        try await mover.endTakeOver()
        let service = KeyspaceSettings(access: access, decisions: "LOCAL_SERIAL two")
        try await service.check()
        // Who takes over what is its own keeps nobody out.
        try await mover.check()
        try await service.check()
    }

    @Test func `tables that are truncated just before a new trace are noticed`() async throws {
        let watch = watch()
        // The first look has nothing to look back at.
        try await watch.look()
        for round in 0..<3 {
            try await bench.tellStart(minutesAgo: 25, session: "s\(round)")
            let isDone = TruncatesOnce(bench.instant)
            bench.cluster.onRequest { request throws(ClusterError) in
                if case .probe = request.statements[0] { isDone.truncate() }
            }
            try await watch.look()
            bench.cluster.onRequest(nil)
            try await watch.look()
            #expect(lines.all.count == 2 * (round + 1), "\(lines.all)")
        }
    }

    @Test func `tables that are truncated while what was noticed is mended are noticed again`() async throws {
        let watch = watch()
        for _ in 0..<2 { try await watch.look() }
        try await bench.tellStart(minutesAgo: 25)
        bench.instant.truncate()
        let again = TruncatesOnce(bench.instant)
        bench.cluster.onRequest { request throws(ClusterError) in
            if case .registerBucket = request.statements[0] { again.truncate() }
        }
        try await watch.look()
        #expect(lines.all.count == 2, "\(lines.all)")
        bench.cluster.onRequest(nil)
        try await watch.look()
        #expect(lines.all.count == 4, "\(lines.all)")
    }

    /// Truncates all tables when it is first told to.
    private final class TruncatesOnce: Sendable {
        private let isDone = Mutex(false)
        private let cluster: InstantCluster

        init(_ cluster: InstantCluster) { self.cluster = cluster }

        func truncate() {
            let isNew = isDone.withLock { isDone in
                defer { isDone = true }
                return !isDone
            }
            if isNew { cluster.truncate() }
        }
    }

    @Test func `tables that are truncated while looks fail are noticed by the next`() async throws {
        let watch = watch()
        for _ in 0..<2 { try await watch.look() }
        bench.instant.truncate()
        let failure = ClusterError(outcome: .unknown, reason: "no quorum")
        bench.cluster.onRequest { request throws(ClusterError) in
            if case .readSetting = request.statements[0] { throw failure }
        }
        for _ in 0..<3 { await #expect(throws: failure) { try await watch.look() } }
        bench.cluster.onRequest(nil)
        try await watch.look()
        #expect(lines.all.count == 2, "\(lines.all)")
    }

    @Test func `a process that has not seen its cluster for a day registers again and alarms nobody`()
        async throws
    {
        let watch = watch()
        for _ in 0..<2 { try await watch.look() }
        let day: Int64 = 90_000
        bench.pass(day * 1_000_000_000)
        bench.clock.advance(microseconds: day * 1_000_000)
        try await bench.tellStart(minutesAgo: 25)
        _ = bench.cluster.takeStatements()
        try await watch.look()
        #expect(lines.all.isEmpty, "\(lines.all)")
        let processes = bench.cluster.takeStatements().compactMap { statement -> ProcessID? in
            if case .register(_, let process, _) = statement { process } else { nil }
        }
        // Once as who it was, and once as who it is from now on.
        #expect(Set(processes).count == 2)
        try await watch.look()
        bench.instant.truncate()
        try await watch.look()
        #expect(lines.all.count == 2, "\(lines.all)")
    }

    @Test(arguments: ["SERIAL", "LOCAL_SERIAL two"])
    func `of two ways of deciding sums the first stays`(_ other: String) async throws {
        let access = bench.core.access
        try await KeyspaceSettings(access: access, decisions: "LOCAL_SERIAL one").check()
        try await KeyspaceSettings(access: access, decisions: "LOCAL_SERIAL one").check()
        let error = await #expect(throws: ClusterError.self) {
            try await KeyspaceSettings(access: access, decisions: other).check()
        }
        #expect(error?.isTransient == false)
    }
}
