import PlayerSessions
import SessionStoreTesting
import Testing

@testable import CassandraStore

/// Numbers that no writer of this store writes, as a damaged row or another program may leave them: nothing traps.
@Suite struct ForeignNumbersTests {
    private static let extremes: [Int64] = [.min, .min + 1, -1, .max / 2, .max - 1, .max]

    private let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_000_000))

    private func access(_ cluster: StubCluster) -> ClusterAccess {
        ClusterAccess(cluster: cluster, surroundings: .system(wallClock: clock.wallClock))
    }

    private func mapKey(_ instant: Int64) -> [UInt8] {
        let bits = UInt64(bitPattern: instant)
        return (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
            + Candidate(.init(timestamp: .earliest, country: CountryCode(ordinal: 0))).mapKey.suffix(2)
    }

    @Test(arguments: extremes)
    func `a start or an end at an instant that no event has is none`(_ instant: Int64) throws {
        let entry = Value.MapEntry(key: mapKey(instant), value: 0)
        #expect(Candidate(entry) == nil)
        let facts = SessionFacts(starts: .map([entry]), end: .bigint(instant))
        #expect(facts.candidates.isEmpty)
        #expect(facts.end == nil)
        let candidate = try #require(Candidate(Value.MapEntry(key: mapKey(5), value: instant)))
        #expect(candidate.deletion > candidate.insertion && candidate.fact > 0)
    }

    @Test(arguments: extremes)
    func `a change that was received at an instant that none was is unknown`(_ received: Int64) {
        let bits = UInt64(bitPattern: received)
        let content =
            [1, UInt8(ascii: "p"), 1, UInt8(ascii: "s")] + mapKey(5)
            + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        let change = Change(packed: content)
        #expect((change == nil) == (received < 0 || received > .max / 2))
        if let winner = change?.winner { #expect(winner.deletion > winner.insertion) }
    }

    @Test(arguments: extremes)
    func `a marker of a span that no start has is passed over`(_ span: Int64) async throws {
        let row: [Value] = [.bigint(Int64(Tier.markers)), .bigint(span), .blob([1]), .blob([])]
        let cluster = StubCluster { _ throws(ClusterError) in Page(rows: [row]) }
        let reader = BucketReader(access: access(cluster), bucket: 0)
        #expect(try await reader.markers().isEmpty)
        #expect(try await reader.markedSpans().spans.isEmpty)
    }

    @Test(arguments: extremes)
    func `a sum of a unit that was not asked for is passed over`(_ unit: Int64) async throws {
        let cluster = StubCluster { _ throws(ClusterError) in
            Page(rows: [[.bigint(unit), .blob(StartTotals().packed), .bigint(unit)]])
        }
        let reader = BucketReader(access: access(cluster), bucket: 0)
        #expect(try await reader.totals(.hour, 5...6).isEmpty)
    }

    @Test func `sums of starts stay in their range`() {
        let country = CountryCode(ordinal: 0)
        var totals = StartTotals()
        totals.add(country, .max)
        let most = StartTotals(packed: totals.packed)
        #expect(most.starts == [country: .max])
        totals.add(most)
        #expect(totals.starts == [country: .max])
        totals.add(country, -.max)
        totals.add(country, -.max)
        totals.add(country, -.max)
        #expect(totals.starts.isEmpty)
        #expect(StartTotals(packed: totals.packed).starts.isEmpty)
    }

    @Test(arguments: extremes)
    func `a version goes round`(_ version: Int64) async throws {
        let cluster = StubCluster { request throws(ClusterError) in
            guard case .readVersion = request.statements[0] else { return Page() }
            return Page(rows: [[.bigint(version), .bigint(0)]])
        }
        let core = StoreCore(cluster, surroundings: .system(wallClock: .system), retention: .forever)
        let isDone = try await core.roller.sum([0], in: BucketReader(access: core.access, bucket: 0))
        #expect(isDone)
    }

    @Test(arguments: extremes)
    func `a node's clock that shows nothing that can be differs from this machine's`(
        _ milliseconds: Int64
    ) async {
        let cluster = StubCluster { request throws(ClusterError) in
            guard case .readClock = request.statements[0] else { return Page() }
            return Page(rows: [[.bigint(milliseconds)]])
        }
        let health = Health(access(cluster), logger: .silent) {}
        await health.look()
        await health.look()
        #expect(health.unreadiness?.contains("the clocks differ") == true)
    }

    @Test func `copies are counted whatever nodes say of them`() {
        let most = "\(Int.max)"
        let known = KnownReplication(options: [
            "class": "org.apache.cassandra.locator.NetworkTopologyStrategy", "a": most, "b": most, "c": "x",
        ])
        #expect(known.copies(for: .quorum, dataCenter: "a") == 2_000_000)
    }
}
