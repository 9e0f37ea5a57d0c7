import Foundation
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

private let tenDays = Retention(days: 10)
private let year = 365 * day

@Suite struct PurgeClockTests {
    private static func days(_ count: Double) -> Timestamp {
        Timestamp(microseconds: Int64(1_000 * Double(day)) + Int64(count * Double(day)))
    }

    @Test(
        arguments: [
            ("a clock that goes right", [(1.0, 1.0), (2.0, 1.0)], 2.0),
            ("a clock that goes back, and right again", [(-300.0, 1.0), (-299.0, 1.0)], -299.0),
            ("a jump of a year", [(366.0, 1.0)], 1.125),
            ("a jump of a year that lasts for days", [(366.0, 1.0), (371.0, 5.0)], 6.75),
            ("a jump of a year that lasts", [(366.0, 1.0), (372.0, 6.0)], 372.0),
            ("two jumps with a right time in between", [(366.0, 4.0), (8.0, 4.0), (400.0, 4.0)], 12.5),
            ("three hours that a restart took", [(0.125, 0.0), (1.125, 1.0)], 1.125),
            ("a clock that is twice as fast", [(2.0, 1.0), (4.0, 1.0)], 2.25),
            ("a steady clock that goes back", [(1.0, -1.0)], 0.0),
        ]
    )
    /// Each look is what the clock says, and what has passed since the look before, in days.
    func `the known time follows the clock as far as the time that has passed allows, or after a week`(
        _ what: String,
        _ looks: [(Double, Double)],
        _ known: Double
    ) {
        var time = KnownTime(Self.days(0))
        for (clock, elapsed) in looks {
            time.observe(Self.days(clock), elapsedMicroseconds: Int64(elapsed * Double(day)))
            #expect(KnownTime(text: time.text) == time, "\(what)")
        }
        #expect(time.now == Self.days(known), "\(what)")
    }

    @Test(arguments: [
        "", "x", "1", "1 2 3", "-1 0", "1 -1", "1 \(KnownTime.patience)", "99999999999999999999 0",
    ])
    func `a line that is no known time is none`(_ text: String) {
        #expect(KnownTime(text: text) == nil)
    }

    /// A store with a session that began a day ago, and one that began now.
    private func filled(_ harness: RocksDBHarness) async throws -> RocksDBStore {
        let store = try harness.openStore(retention: tenDays)
        let now = harness.clock.now
        try await store.append(
            EventBatch([
                start("p", "old", "FI", now - day), end("p", "old", now - day + 1),
                start("p", "new", "FI", now), end("p", "new", now + 1),
            ])
        )
        store.flush()
        // The first one of a store is always due.
        _ = try store.sweep()
        return store
    }

    private func records(_ store: RocksDBStore) throws -> Int {
        try store.inspection(through: .max - 1).leftovers.count
    }

    @Test
    func `a clock that jumps a year ahead takes nothing off the disk, and when it is back all is there`()
        async throws
    {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try await filled(harness)
        let now = harness.clock.now
        let before = try records(store)
        harness.clock.jump(to: now + year)
        #expect(try store.sweep() == false)
        #expect(try records(store) == before)
        // Answers follow the clock.
        #expect(try await store.sessionStarts(in: always) == [:])
        #expect(try await store.completeSessions(of: id("p"), limit: 10).isEmpty)
        await store.close()
        // A restart is no second opinion.
        let again = try harness.openStore(retention: tenDays)
        #expect(try again.sweep() == false)
        harness.clock.advance(microseconds: 6 * day)
        _ = try again.sweep()
        #expect(try records(again) == before)
        harness.clock.jump(to: now + 6 * day)
        _ = try again.sweep()
        #expect(try await again.sessionStarts(in: always) == counts(["FI": 2]))
        #expect(try await again.completeSessions(of: id("p"), limit: 10).count == 2)
        await again.close()
    }

    @Test func `a store that was closed for a year purges when it has been open for a week since`()
        async throws
    {
        let harness = RocksDBHarness(hotSessions: 1_000)
        await (try filled(harness)).close()
        harness.clock.advance(microseconds: year)
        // Open for two days at a time, and closed for twenty in between.
        for number in 0..<4 {
            let store = try harness.openStore(retention: tenDays)
            harness.clock.advance(microseconds: 2 * day)
            _ = try store.sweep()
            #expect(try (records(store) == 0) == (number == 3), "\(number)")
            await store.close()
            harness.clock.advance(microseconds: 20 * day)
        }
    }

    @Test func `a store without the noted time, or with a line that is none, waits for a week`() async throws
    {
        for text in [nil, "nonsense\n"] {
            let harness = RocksDBHarness(hotSessions: 1_000)
            await (try filled(harness)).close()
            let path = harness.directory.path + "/KNOWN_TIME"
            try FileManager.default.removeItem(atPath: path)
            if let text { try text.write(toFile: path, atomically: true, encoding: .utf8) }
            harness.clock.advance(microseconds: year)
            let store = try harness.openStore(retention: tenDays)
            #expect(try store.sweep() == false)
            harness.clock.advance(microseconds: 7 * day)
            #expect(try store.sweep())
            await store.close()
        }
    }
}
