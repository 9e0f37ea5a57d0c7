import Testing

@testable import CassandraStore

@Suite struct LeaseTableTests {
    private static let second: Int64 = 1_000_000_000

    private func table(_ bench: Workbench, maximumEntries: Int) -> LeaseTable {
        LeaseTable(
            bench.core.access,
            rules: ProtocolRules(),
            buckets: BucketRegistry(bench.core.access),
            maximumEntries: maximumEntries
        )
    }

    /// The spans that are marked anew where leases of all of these are asked for.
    private func marked(
        _ bench: Workbench,
        _ table: LeaseTable,
        _ spans: Range<Int64>
    ) async throws -> [Int64] {
        _ = bench.cluster.takeStatements()
        for span in spans { _ = try await table.lease(ofSpan: span) }
        return bench.cluster.takeStatements().compactMap {
            if case .insertMarker(let span, _) = $0 { span } else { nil }
        }
    }

    @Test func `a full table forgets the half that runs out soonest`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8)
        for span in 0..<Int64(8) {
            _ = try await table.lease(ofSpan: span)
            bench.pass(LeaseTableTests.second)
        }
        _ = try await table.lease(ofSpan: 8)
        let kept = try await marked(bench, table, 4..<9)
        #expect(kept == [])
        let forgotten = try await marked(bench, table, 0..<1)
        #expect(forgotten == [0])
    }

    @Test func `a full table forgets leases that are of no use before those that are`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8)
        for span in 0..<Int64(4) { _ = try await table.lease(ofSpan: span) }
        bench.pass(Lease.length - Lease.reserve)
        for span in 4..<Int64(8) { _ = try await table.lease(ofSpan: span) }
        _ = try await table.lease(ofSpan: 8)
        let kept = try await marked(bench, table, 4..<9)
        #expect(kept == [])
    }

    @Test func `a lease is taken until it runs out soon`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8)
        #expect(table.known(ofSpan: 1)?.expiry == nil)
        let first = try await table.lease(ofSpan: 1)
        bench.pass(Lease.length - Lease.reserve - LeaseTableTests.second)
        #expect(table.known(ofSpan: 1)?.expiry == first.expiry)
        bench.pass(LeaseTableTests.second)
        #expect(table.known(ofSpan: 1)?.expiry == nil)
        #expect(try await table.lease(ofSpan: 1).expiry > first.expiry)
    }

    @Test func `requests for a span wait for the one that acquires its lease`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8)
        bench.cluster.onRequest { (_) throws(ClusterError) in for _ in 0..<10 { await Task.yield() } }
        let expiries = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<30 { group.addTask { try await table.lease(ofSpan: 1).expiry } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(expiries).count == 1)
        let markers = bench.cluster.takeStatements().count {
            if case .insertMarker = $0 { true } else { false }
        }
        #expect(markers == 1)
    }

    @Test func `a request that waits is told of a failure, and the next one acquires a lease again`()
        async throws
    {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8)
        let refusal = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)
        bench.cluster.onRequest { (_) throws(ClusterError) in
            for _ in 0..<10 { await Task.yield() }
            throw refusal
        }
        let failures = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<10 {
                group.addTask { (try? await table.lease(ofSpan: 1)) == nil ? 1 : 0 }
            }
            return await group.reduce(0, +)
        }
        #expect(failures == 10)
        bench.cluster.onRequest(nil)
        let again = try await marked(bench, table, 1..<2)
        #expect(again == [1])
    }
}
