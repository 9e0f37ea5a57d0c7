import Fuzzing
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct HotSessionsFuzzTests {
    // Strategy: few players with many sessions each, of every kind of id, whose records change at random:
    // completed, moved, made incomplete again. Hashes are real, or all the same so that everything collides.
    // Invariants: every session is found, and no other; a player's latest are those of a plain dictionary,
    // also when they are read in pages.
    @Test(arguments: [false, true])
    func `sessions and players are those of a dictionary`(_ collides: Bool) throws {
        try fuzz(rounds: 3) { seed in
            var random = SeededRandom(seed: seed)
            let players = ["p", "pp", "0a2d12a1a7e145de8bae44c0c6e06629"].map { packed(Array($0.utf8)) }
            let sessions = try HotSessions(capacity: 2_000, slack: 10)
            var expected: [[UInt8]: [[UInt8]: StoredRecord]] = [:]
            for step in 0..<(collides ? 500 : 2_500) {
                let player = random.once(in: 3) ? random.element(of: players) : players[0]
                let session = HotSessionsFuzzTests.session(&random)
                var record = expected[player]?[session] ?? .empty
                HotSessionsFuzzTests.change(&record, &random)
                expected[player, default: [:]][session] = record
                HotSessionsFuzzTests.put(record, player, session, into: sessions, collides)
                guard step % 100 == 99 else { continue }
                for player in players {
                    for limit in [1, 20, 100] {
                        let right = HotSessionsFuzzTests.latest(limit, of: expected[player] ?? [:])
                        let found = HotSessionsFuzzTests.latest(limit, of: player, in: sessions, collides)
                        #expect(found == right, "seed \(seed), step \(step), limit \(limit)")
                    }
                }
            }
            #expect(sessions.count == expected.values.reduce(0) { $0 + $1.count }, "seed \(seed)")
            var seen = 0
            sessions.forEachReference { reference in
                seen += 1
                let record = sessions.record(reference)
                let right = unsafe expected[Array(record.player)]?[Array(record.session)]
                #expect(right == record.value, "seed \(seed)")
            }
            #expect(seen == sessions.count)
        }
    }

    @Test func `long ids fill a memtable before its room is used up`() throws {
        let sessions = try HotSessions(capacity: 100, slack: 4)
        var number = 0
        while !sessions.isFull {
            let text = String(repeating: "x", count: 120) + "\(10_000_000 + number)"
            HotSessionsFuzzTests.put(
                .empty,
                packed(Array(text.utf8)),
                packed(Array(text.utf8)),
                into: sessions,
                false
            )
            number += 1
        }
        #expect((20..<100).contains(number))
    }

    private static func hash(_ bytes: [UInt8], _ collides: Bool) -> UInt64 {
        if collides { return 7 }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.map { unsafe KeyHash.hash($0, bytes.count, 42) } ?? 0
        }
    }

    private static func put(
        _ record: StoredRecord,
        _ player: [UInt8],
        _ session: [UInt8],
        into sessions: HotSessions,
        _ collides: Bool
    ) {
        let key = player + session
        unsafe key.withUnsafeBytes { bytes in
            let found = unsafe sessions.find(hash(key, collides), bytes)
            if found != 0 { return sessions.update(found, to: record) }
            let reference = unsafe sessions.insert(
                hash(key, collides),
                playerHash: hash(player, collides),
                key: bytes,
                playerLength: player.count,
                value: record,
                indexedEnd: StoredRecord.noEnd
            )
            #expect(unsafe sessions.find(hash(key, collides), bytes) == reference)
        }
    }

    private static func session(_ random: inout SeededRandom) -> [UInt8] {
        let number = Int.random(in: 0..<400, using: &random)
        return packed(
            Array("s\(number)".utf8) + (number % 5 == 0 ? [UInt8](repeating: 0x78, count: 100) : [])
        )
    }

    private static func change(_ record: inout StoredRecord, _ random: inout SeededRandom) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: _ = record.merge(start: Int64.random(in: 0...500, using: &random), country: 0x4649)
        case 3: record.forget(notAfter: Int64.random(in: 0...300, using: &random))
        case 4: record = .empty
        default:
            _ = record.merge(start: 500, country: 0x4649)
            _ = record.merge(end: Int64.random(in: 400...1_000, using: &random))
        }
    }

    private static func latest(_ limit: Int, of sessions: [[UInt8]: StoredRecord]) -> [[UInt8]] {
        let complete = sessions.filter { $0.value.isComplete }.map { (end: $0.value.end, session: $0.key) }
        let sorted = complete.sorted { left, right in
            guard left.end == right.end else { return left.end > right.end }
            return (unpacked(left.session) ?? []).lexicographicallyPrecedes(unpacked(right.session) ?? [])
        }
        return sorted.prefix(limit).map(\.session)
    }

    private static func latest(
        _ limit: Int,
        of player: [UInt8],
        in sessions: HotSessions,
        _ collides: Bool
    ) -> [[UInt8]] {
        var position = SessionOrder.Position()
        var found: [HotSessions.Reference] = []
        while true {
            let page = unsafe player.withUnsafeBytes { bytes in
                unsafe sessions.players.page(
                    limit / 3 + 1,
                    of: bytes,
                    hash(player, collides),
                    in: sessions,
                    after: .min,
                    from: &position
                )
            }
            found += page.references
            guard !page.isLast, found.count < limit else { break }
        }
        return found.prefix(limit).map { unsafe Array(sessions.record($0).session) }
    }
}
