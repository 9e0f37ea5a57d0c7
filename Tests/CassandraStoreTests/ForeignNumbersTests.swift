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

    private let place = Place(generation: 7, process: ProcessID(number: 9))

    private func mapKey(_ instant: Int64) -> [UInt8] {
        let bits = UInt64(bitPattern: instant)
        let start = SessionRecord.Start(timestamp: .earliest, country: CountryCode(ordinal: 0))
        return (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
            + Claim(Candidate(start), place: place, request: 1).mapKey.dropFirst(8)
    }

    @Test(arguments: extremes)
    func `a start or an end at an instant that no event has is none`(_ instant: Int64) throws {
        let entry = Value.MapEntry(key: mapKey(instant), value: 0)
        #expect(Claim(entry) == nil)
        let facts = SessionFacts(starts: .map([entry]), end: .bigint(instant))
        #expect(facts.claims.isEmpty)
        #expect(facts.end == nil)
        let claim = Claim(Value.MapEntry(key: mapKey(5), value: instant))
        #expect((claim == nil) == (instant < 0))
        if let claim { #expect(claim.writeTimestamp > 0 && claim.place == place) }
    }

    @Test(arguments: extremes)
    func `a ledger that says what none can is none`(_ instant: Int64) {
        let content = Array(mapKey(instant).prefix(21)) + [1]
        #expect(Ledger(packed: content) == nil)
        #expect(Ledger(packed: Array(mapKey(5).prefix(21))) == nil)
        #expect(Ledger(packed: Array(mapKey(5).prefix(21)) + [5])?.entries.count == 1)
    }

    @Test(arguments: extremes)
    func `a registration of generations that nobody can have is none`(_ number: Int64) {
        let registration = Registration(first: number, low: number, high: number, beat: 0)
        #expect(Registration(packed: registration.packed) == nil)
        for damaged in [
            Registration(first: 5, low: 5, high: 5 + Registration.maximumRange, beat: 1),
            Registration(first: 5, low: 5, high: 6, beat: number),
            Registration(first: 5, low: min(number, .max - 1), high: 6, beat: 1),
        ] {
            #expect(Registration(packed: damaged.packed) == nil)
        }
        let possible = Registration(first: 5, low: Registration.idle, high: 68, beat: 1 << 60)
        #expect(Registration(packed: possible.packed) == possible)
        #expect(possible.deletion > possible.insertion)
    }

    @Test(arguments: extremes)
    func `generations that a month cannot have are within those that it can`(_ number: Int64) async throws {
        let cluster = StubCluster { _ throws(ClusterError) in
            Page(rows: [
                [
                    .int(1), .bigint(0), .blob([]), .bigint(1), .bigint(0), .bigint(number), .bigint(number),
                    .bigint(number), .null,
                ]
            ])
        }
        let access = ClusterAccess(cluster: cluster, surroundings: .system(wallClock: .system))
        let state = try await MonthReader(access: access, bucket: 0).state()
        for generation in [state.open, state.fence, state.closed] {
            #expect(Place.generations.contains(generation))
        }
    }

    @Test(arguments: extremes)
    func `flushed starts at instants that none has are passed over`(_ instant: Int64) {
        var packer = BytePacker()
        packer.append(7)
        packer.append(instant)
        packer.append(7, count: 5)
        packer.append(7, count: 6)
        packer.append(1, count: 4)
        packer.append(0, count: 6)
        #expect(FlushedStarts(starts: packer.bytes, digests: nil) == nil)
        var totals = StartTotals()
        MinuteStarts.count(
            [UInt8](repeating: 0xFF, count: 13),
            minute: instant >> 32,
            in: 0..<1,
            into: &totals
        )
        #expect(totals.starts.isEmpty)
    }

    @Test(arguments: extremes)
    func `a sum of a unit that was not asked for is passed over`(_ unit: Int64) async throws {
        let cluster = StubCluster { _ throws(ClusterError) in
            Page(rows: [[.bigint(unit), .blob(StartTotals().packed), .bigint(unit)]])
        }
        let reader = MonthReader(access: access(cluster), bucket: 0)
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
            guard case .readStateSerially = request.statements[0] else { return Page() }
            return Page(rows: [
                [
                    .int(1), .bigint(0), .blob([]), .bigint(version), .bigint(0), .bigint(1), .bigint(1),
                    .bigint(1), .null,
                ]
            ])
        }
        let core = StoreCore(cluster, surroundings: .system(wallClock: .system), retention: .forever)
        let summing = try await core.flusher.sum([0], in: MonthReader(access: core.access, bucket: 0))
        #expect(summing == .done)
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
