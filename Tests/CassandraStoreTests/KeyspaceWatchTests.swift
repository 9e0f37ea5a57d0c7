import PlayerSessions
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
        // Its span is marked, as far as the process knows.
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

    @Test func `what cannot be marked at once is marked by the next look`() async throws {
        let watch = watch()
        try await watch.look()
        try await bench.tellStart(minutesAgo: 25)
        bench.instant.truncate(["totals", "settings", "buckets"])
        let failure = ClusterError(outcome: .unknown, reason: "no quorum")
        bench.cluster.onRequest { (request) throws(ClusterError) in
            if case .insertMarker = request.statements[0] { throw failure }
        }
        await #expect(throws: failure) { try await watch.look() }
        bench.cluster.onRequest(nil)
        try await watch.look()
        let count = try await bench.count()
        #expect(count == 1)
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
        try await watch.look()
        #expect(watch.refusal == nil)
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
