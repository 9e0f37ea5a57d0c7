import Testing

@testable import CassandraStore

@Suite struct LeaseTableTests {
    private static let second: Int64 = 1_000_000_000

    private func table(
        _ bench: Workbench,
        maximumEntries: Int = 1_000,
        wideFrom: [Tier: Int] = LeaseTable.wideFrom
    ) -> LeaseTable {
        LeaseTable(
            bench.core.access,
            rules: ProtocolRules(),
            buckets: BucketRegistry(bench.core.access),
            maximumEntries: maximumEntries,
            wideFrom: wideFrom
        )
    }

    /// What was marked since this was asked last.
    private func takeMarkers(_ bench: Workbench) -> [BucketReader.Marked] {
        bench.cluster.takeStatements().compactMap {
            guard case .insertMarker(let span, let marker) = $0 else { return nil }
            return BucketReader.Marked(span: span, marker: marker)
        }
    }

    /// Asks for a lease of each span; gives what was marked for that.
    private func markers(
        _ bench: Workbench,
        _ table: LeaseTable,
        _ spans: some Sequence<Int64>
    ) async throws -> [BucketReader.Marked] {
        _ = takeMarkers(bench)
        for span in spans { _ = try await table.lease(ofSpan: span) }
        return takeMarkers(bench)
    }

    @Test func `a full table forgets the half that runs out soonest`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
        for span in 0..<Int64(8) {
            _ = try await table.lease(ofSpan: span)
            bench.pass(LeaseTableTests.second)
        }
        _ = try await table.lease(ofSpan: 8)
        let kept = try await markers(bench, table, 4..<9)
        #expect(kept == [])
        let forgotten = try await markers(bench, table, 0..<1)
        #expect(forgotten.map(\.span) == [0])
    }

    @Test func `a full table forgets leases that are of no use before those that are`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
        for span in 0..<Int64(4) { _ = try await table.lease(ofSpan: span) }
        bench.pass(Lease.length - Lease.reserve)
        for span in 4..<Int64(8) { _ = try await table.lease(ofSpan: span) }
        _ = try await table.lease(ofSpan: 8)
        let kept = try await markers(bench, table, 4..<9)
        #expect(kept == [])
    }

    @Test func `a lease is taken until it runs out soon`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
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
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
        bench.cluster.onRequest { (_) throws(ClusterError) in for _ in 0..<10 { await Task.yield() } }
        let expiries = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<30 { group.addTask { try await table.lease(ofSpan: 1).expiry } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(expiries).count == 1)
        #expect(takeMarkers(bench).count == 1)
    }

    @Test func `a request that waits is told of a failure, and the next one acquires a lease again`()
        async throws
    {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
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
        let again = try await markers(bench, table, 1..<2)
        #expect(again.map(\.span) == [1])
    }

    /// What is marked again.
    private func markedAgain(_ bench: Workbench, _ table: LeaseTable) async throws -> [Int64] {
        _ = takeMarkers(bench)
        try await table.markAgain()
        return takeMarkers(bench).map(\.span).sorted()
    }

    @Test func `a span is marked again though its next lease could not be acquired`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
        _ = try await table.lease(ofSpan: 1)
        bench.pass(Lease.length - Lease.reserve)
        bench.cluster.onRequest { _ throws(ClusterError) in
            throw ClusterError(outcome: .unknown, reason: "truncated", isTransient: false)
        }
        await #expect(throws: ClusterError.self) { _ = try await table.lease(ofSpan: 1) }
        bench.cluster.onRequest(nil)
        let again = try await markedAgain(bench, table)
        #expect(again == [1])
    }

    @Test func `a full table forgets first what would not be marked again`() async throws {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
        for span in 0..<Int64(4) { _ = try await table.lease(ofSpan: span) }
        bench.pass(2 * Lease.length)
        for span in 4..<Int64(6) { _ = try await table.lease(ofSpan: span) }
        bench.pass(Lease.length - Lease.reserve)
        for span in 6..<Int64(9) { _ = try await table.lease(ofSpan: span) }
        let again = try await markedAgain(bench, table)
        #expect(again == Array(4..<9))
    }

    @Test func `a lease is trusted no more once it is to be marked again, whatever becomes of that`()
        async throws
    {
        let bench = Workbench()
        let table = table(bench, maximumEntries: 8, wideFrom: [:])
        _ = try await table.lease(ofSpan: 1)
        bench.cluster.onRequest { _ throws(ClusterError) in
            throw ClusterError(outcome: .unknown, reason: "no quorum", isTransient: false)
        }
        await #expect(throws: ClusterError.self) { try await table.markAgain() }
        #expect(table.known(ofSpan: 1) == nil)
        bench.cluster.onRequest(nil)
        let again = try await markedAgain(bench, table)
        #expect(again == [1])
    }

    /// The spans of the day before yesterday, on the workbench's clock.
    private func pastDay(_ bench: Workbench) -> Range<Int64> {
        Tier.day.spans(of: Tier.day.unit(of: bench.clock.now.microseconds) - 2)
    }

    @Test func `hours and days that are over get leases where many of their spans are asked for`()
        async throws
    {
        let bench = Workbench()
        let table = table(bench)
        let day = pastDay(bench)
        let marked = try await markers(bench, table, day)
        let hour: [Tier] = [.span, .span, .hour]
        #expect(marked.map(\.marker.tier) == hour + hour + hour + [.day])
        #expect(marked[2].spans == day.lowerBound..<day.lowerBound + 6)
        #expect(marked[9].spans == day)
        let again = try await markers(bench, table, day)
        #expect(again == [])
    }

    @Test func `hours and days that are not over get none`() async throws {
        let bench = Workbench()
        let table = table(bench)
        let today = Tier.day.spans(of: Tier.day.unit(of: bench.clock.now.microseconds))
        let marked = try await markers(bench, table, today)
        let present = Tier.span.unit(of: bench.clock.now.microseconds)
        let hours = marked.filter { $0.marker.tier == .hour }
        #expect(hours.count == 13)
        #expect(hours.allSatisfy { $0.spans.upperBound <= present })
        #expect(marked.count { $0.marker.tier == .span } == 13 * 2 + 11 * 6)
        #expect(marked.count == 13 * 3 + 11 * 6)
    }

    @Test func `a day's lease is followed by another where many spans were asked for of late`() async throws {
        let bench = Workbench()
        let table = table(bench)
        let day = pastDay(bench)
        _ = try await markers(bench, table, day)
        bench.pass(Lease.length)
        let second = try await markers(bench, table, day.prefix(1))
        #expect(second.map(\.spans) == [day])
        bench.pass(2 * RecentSpans.window)
        let third = try await markers(bench, table, day.prefix(2))
        #expect(third.map(\.marker.tier) == [.span, .span])
    }

    @Test func `spans that are asked for one after the other over minutes come to a day's lease`()
        async throws
    {
        let bench = Workbench()
        let table = table(bench)
        let day = pastDay(bench)
        var tiers: [Tier] = []
        // One of each hour, never two within a lease's time.
        for span in stride(from: day.lowerBound, to: day.upperBound, by: 6) {
            tiers += try await markers(bench, table, [span]).map(\.marker.tier)
            bench.pass(RecentSpans.window / 20)
        }
        #expect(tiers == [Tier](repeating: .span, count: 15) + [.day, .day, .day])
    }

    @Test func `spans that are being leased count, so that many at once get few leases`() async throws {
        let bench = Workbench()
        let table = table(bench)
        let day = pastDay(bench)
        bench.cluster.onRequest { (_) throws(ClusterError) in for _ in 0..<100 { await Task.yield() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for span in day { group.addTask { _ = try await table.lease(ofSpan: span) } }
            try await group.waitForAll()
        }
        #expect(takeMarkers(bench).count <= 16)
    }

    @Test func `all that wait for a day's lease are told of it`() async throws {
        let bench = Workbench()
        let table = table(bench)
        let day = pastDay(bench)
        _ = try await markers(bench, table, day.prefix(16))
        bench.cluster.onRequest { (_) throws(ClusterError) in for _ in 0..<10 { await Task.yield() } }
        let expiries = try await withThrowingTaskGroup(of: Int64.self) { group in
            for span in day.suffix(30) { group.addTask { try await table.lease(ofSpan: span).expiry } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(expiries.count == 30)
        #expect(Set(expiries).count == 1)
        #expect(takeMarkers(bench).count == 1)
    }
}
