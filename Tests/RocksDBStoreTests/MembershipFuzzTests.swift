import Foundation
import Fuzzing
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct MembershipFuzzTests {
    // Strategy: batches of new sessions, of old ones again and of both; flushes, purges, closes, and kills, after which
    // the store goes on in a copy of its directory, whose log may be lost, cut, flipped or an earlier one. Tiny bounds
    // make the filter grow and its log be made anew all the time, beside flushes; nobody waits for either.
    // Invariants: at every look the view's filter and memtables know every session of the runs; the counts are those
    // of a set of the sessions that were started, so none was taken for new that was not.
    @Test func `a filter denies no session of the runs, whatever happens to its log`() async throws {
        try await fuzz(rounds: 4) { seed in
            var random = SeededRandom(seed: seed)
            let harness = RocksDBHarness(hotSessions: 1)
            let hotSessions = random.element(of: [5, 20, 100])
            var directory = harness.directory
            var store = try RocksDBStore(at: directory, hotSessions: hotSessions, clock: harness.clock)
            var started: Set<Int> = []
            var logs: [Data] = []
            for step in 0..<60 {
                let context = Comment(rawValue: "seed \(seed), step \(step)")
                switch Int.random(in: 0..<12, using: &random) {
                case 0: store.flush()
                case 1: store.settleMembership()
                case 2:
                    await store.close()
                    store = try RocksDBStore(at: directory, hotSessions: hotSessions, clock: harness.clock)
                case 3:
                    // Flushes go on while the copy is made, which is what a kill leaves only if it is the same all over.
                    store.flush()
                    store.settleMembership()
                    let copy = try directory.copy()
                    await store.close()
                    try MembershipFuzzTests.harm(copy, &logs, &random)
                    directory = copy
                    store = try RocksDBStore(at: directory, hotSessions: hotSessions, clock: harness.clock)
                default:
                    let first = Int.random(in: 0...max(0, started.count - 10), using: &random)
                    let count = random.element(of: [1, 10, 60])
                    let numbers =
                        random.once(in: 3) ? first..<first + count : started.count..<started.count + count
                    try await store.append(
                        EventBatch(numbers.map { start("p\($0 % 9)", "s\($0)", "FI", beginning) })
                    )
                    started.formUnion(numbers)
                }
                let unknown = try store.unknownSessions()
                #expect(unknown == nil || unknown == 0, context)
                #expect(try await store.sessionStarts(in: always) == counts(["FI": started.count]), context)
            }
            await store.close()
        }
    }

    /// Does something to the log of a store that nobody has open.
    private static func harm(
        _ directory: TemporaryDirectory,
        _ logs: inout [Data],
        _ random: inout SeededRandom
    ) throws {
        let url = URL(fileURLWithPath: directory.path + "/filter/keys")
        guard var data = try? Data(contentsOf: url), !data.isEmpty else { return }
        logs.append(data)
        let at = Int.random(in: 0..<data.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1: return
        case 2: return try FileManager.default.removeItem(at: url)
        case 3: data.removeSubrange(at...)
        case 4: data[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default: data = random.element(of: logs)
        }
        try data.write(to: url)
    }
}
