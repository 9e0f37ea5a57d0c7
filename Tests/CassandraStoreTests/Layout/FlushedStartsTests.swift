import Fuzzing
import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct FlushedStartsTests {
    private func entry(
        _ instant: Int64,
        _ country: Int,
        session: String = "s",
        change: Int = 1,
        generation: Int64 = 1,
        process: Int64 = 1
    ) -> LogEntry {
        LogEntry(
            key: SessionKey(Identifier(unchecked: [112]), Identifier(unchecked: Array(session.utf8))),
            start: SessionRecord.Start(
                timestamp: Timestamp(microseconds: instant),
                country: CountryCode(ordinal: country)
            ),
            change: change,
            place: Place(generation: generation, process: ProcessID(number: process))
        )
    }

    @Test func `what is flushed is counted by minutes as it was logged`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let base: Int64 = 1_700_000_000_000_000
            let range = base - 3 * Microseconds.perMinute...base + 3 * Microseconds.perMinute
            let entries = (0..<Int.random(in: 0...40, using: &random)).map { number in
                entry(
                    .random(in: range, using: &random),
                    .random(in: 0..<CountryCode.count, using: &random),
                    session: "\(number)",
                    change: Bool.random(using: &random) ? 1 : -1,
                    generation: .random(in: 5...7, using: &random),
                    process: .random(in: 0...1, using: &random)
                )
            }
            var starts = FlushedStarts(upTo: 7)
            for entry in entries { starts.add(entry) }
            let (packed, digests) = (starts.packedStarts, starts.packedDigests)
            #expect(FlushedStarts(starts: packed, digests: digests) == starts, "seed \(seed)")
            let counted = try #require(FlushedStarts(starts: packed, digests: nil), "seed \(seed)")
            #expect(counted.generation == 7)
            if !entries.isEmpty {
                #expect(FlushedStarts(starts: packed, digests: digests.dropLast()) == nil, "seed \(seed)")
                #expect(FlushedStarts(starts: packed, digests: digests + [0]) == nil, "seed \(seed)")
                #expect(FlushedStarts(starts: packed.dropLast(), digests: nil) == nil, "seed \(seed)")
            }
            let lower = Int64.random(in: range, using: &random)
            let window = lower..<Int64.random(in: lower...range.upperBound, using: &random)
            var (inWindow, inAll) = (StartTotals(), StartTotals())
            for (row, starts) in counted.rows {
                MinuteStarts.count(starts.starts, minute: row.minute, in: window, into: &inWindow)
                inAll.add(StartTotals(packed: starts.totals.packed))
            }
            var (right, all) = (StartTotals(), StartTotals())
            for entry in entries {
                all.add(entry.start.country, entry.change)
                if window.contains(entry.start.instant) { right.add(entry.start.country, entry.change) }
            }
            #expect(inWindow == right && inAll == all, "seed \(seed)")
            for entry in entries {
                let row = starts.rows[entry.row]
                #expect(MinuteStarts.holds(row?.digests ?? [], entry.digest), "seed \(seed)")
                let isHeld = MinuteStarts.digests(row?.digests ?? []).contains(entry.digest)
                #expect(isHeld, "seed \(seed)")
            }
        }
    }

    @Test func `whatever differs in two entries, their digests do`() {
        let all = [
            entry(5, 0), entry(6, 0), entry(5, 1), entry(5, 0, session: "t"), entry(5, 0, change: -1),
            entry(5, 0, generation: 2), entry(5, 0, process: 2),
        ]
        #expect(Set(all.map(\.digest)).count == all.count)
        // The ids of a player and a session are not one text.
        let place = Place(generation: 1, process: ProcessID(number: 1))
        let start = all[0].start
        let digests = [("ab", "c"), ("a", "bc")].map { player, session in
            let key = SessionKey(
                Identifier(unchecked: Array(player.utf8)),
                Identifier(unchecked: Array(session.utf8))
            )
            return LogEntry(key: key, start: start, place: place).digest
        }
        #expect(digests[0] != digests[1])
    }

    @Test(arguments: [0, 5, 6, 7])
    func `starts and digests that do not belong together are not read`(_ bytes: Int) {
        let starts = MinuteStarts(
            starts: [UInt8](repeating: 0, count: bytes),
            digests: [UInt8](repeating: 0, count: 8)
        )
        #expect((starts == nil) == (bytes != 6))
    }
}
