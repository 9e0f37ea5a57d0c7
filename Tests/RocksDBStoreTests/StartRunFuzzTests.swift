import Fuzzing
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// Runs of the tree of starts, as flushes write them one after another.
@Suite struct StartRunFuzzTests {
    private struct Start {
        var instant: Int64
        var country: UInt16
        var delta: Int64
    }

    /// The runs of a store, and what was put into them.
    private final class Runs {
        private let directory = TemporaryDirectory()
        private(set) var starts: [Start] = []
        private var present: [Start] = []
        private var sequence: UInt64 = 0
        private var store: StoreDatabase?

        init() throws { try open() }

        private func open() throws {
            store = try StoreDatabase(path: directory.path, cacheBytes: 8 << 20)
        }

        func database() throws -> StoreDatabase { try #require(store) }

        private var path: String { directory.path + ".sst" }

        /// Brings a memtable to the runs; a crash may come before its run is taken in, and then it is brought again.
        func flush(_ more: [Start], crashing: Bool = false) throws {
            var tree = HotStarts()
            for start in more { tree.add(start.instant, country: start.country, delta: start.delta) }
            sequence += 1
            for attempt in 0..<(crashing ? 2 : 1) {
                if attempt == 1 { try reopen() }
                try StartRun.write(tree.sortedNodes(), through: sequence, to: path, database())
            }
            try database().database.ingest(path, into: database().starts)
            starts += more
            present += more.filter { $0.delta > 0 }
        }

        /// The removal of a start that is there, and was not removed before; `nil` where there is none.
        func takeStart(_ random: inout SeededRandom) -> Start? {
            guard let index = present.indices.randomElement(using: &random) else { return nil }
            present.swapAt(index, present.count - 1)
            var start = present.removeLast()
            start.delta = -1
            return start
        }

        /// Mends what was noted, as an idle store does; returns whether there was any.
        func split() throws -> Bool {
            guard try StartRun.writeNoted(to: path, database()) else { return false }
            try database().database.ingest(path, into: database().starts)
            return true
        }

        func compact() throws { #expect(try database().database.compact(database().starts)) }

        func reopen() throws {
            store = nil
            try open()
        }

        func sum(_ window: TrailingWindow) throws -> WindowSum {
            var sum = WindowSum()
            try StartQuery.add(window, ofRuns: database(), nil, to: &sum)
            return sum
        }

        func expected(_ window: TrailingWindow) -> StartCounts {
            var counts: StartCounts = [:]
            for start in starts
            where start.instant > window.from.microseconds && start.instant <= window.until.microseconds {
                counts[CountryCode(ordinal: Int(start.country)), default: 0] += Int(start.delta)
            }
            return counts.filter { $0.value != 0 }
        }
    }

    private static let allCountries = UInt16(CountryCode.count)
    private static let begin = 19_000 * day + 3 * hour

    private static func start(_ spread: Int64, _ countries: UInt16, _ random: inout SeededRandom) -> Start {
        Start(
            instant: begin + Int64.random(in: 0..<spread, using: &random),
            country: UInt16.random(in: 0..<countries, using: &random),
            delta: 1
        )
    }

    private static func window(_ spread: Int64, _ random: inout SeededRandom) -> TrailingWindow {
        let from = begin + Int64.random(in: -10...spread, using: &random)
        let lengths = [1, 4, 90, 2_000, 30_000, second / 16, second, minute, day]
        return TrailingWindow(
            from: Timestamp(microseconds: from),
            until: Timestamp(microseconds: from + random.element(of: lengths))
        )
    }

    // Strategy: flush after flush puts starts into one short span, some of them moves of what earlier ones brought, few
    // or thousands at a time; between them queries, splits of what they noted, compactions, and crashes after a run was
    // written and before it is taken in.
    // Invariants: every sum is what counting gives; in the end nothing is left to split, and no node is crowded.
    @Test func `runs that crowd one span hold every start once, however they are split`() throws {
        try fuzz(rounds: 8) { seed in
            var random = SeededRandom(seed: seed)
            let runs = try Runs()
            let spread = random.element(of: [3, 90, 3_000, second / 16, second, minute])
            let countries: UInt16 = random.element(of: [1, 40, StartRunFuzzTests.allCountries])
            func check(_ count: Int) throws {
                for _ in 0..<count {
                    let window = StartRunFuzzTests.window(spread, &random)
                    let sum = try runs.sum(window)
                    #expect(
                        !sum.metDamage && sum.startCounts == runs.expected(window),
                        "seed \(seed): \(window)"
                    )
                }
            }
            for _ in 0..<random.element(of: [3, 14]) {
                var more: [Start] = []
                for _ in 0..<random.element(of: [1, 60, 400, 3_000]) {
                    more.append(StartRunFuzzTests.start(spread, countries, &random))
                    if random.once(in: 4), let moved = runs.takeStart(&random) { more.append(moved) }
                }
                try runs.flush(more, crashing: random.once(in: 5))
                if random.once(in: 2) { try check(3) }
                if random.once(in: 3) { _ = try runs.split() }
                if random.once(in: 5) { try runs.compact() }
            }
            try check(20)
            try StartRunFuzzTests.settle(runs) { try check(20) }
            try check(20)
            try runs.compact()
            try check(20)
        }
    }

    /// Splits until queries note nothing any more.
    private static func settle(_ runs: Runs, _ query: () throws -> Void) throws {
        var turns = 0
        repeat {
            try query()
            turns += 1
        } while try turns < 30 && runs.split()
        #expect(turns < 30, "there is always something to split")
    }

    /// The most totals and entries that a sum of many windows reads.
    private static func mostItems(_ runs: Runs, _ spread: Int64, _ random: inout SeededRandom) throws -> Int {
        var most = 0
        for _ in 0..<60 { most = max(most, try runs.sum(window(spread, &random)).items) }
        return most
    }

    @Test(arguments: [100, 3_000])
    func `a sum reads little, though many runs that nothing has merged crowd a fraction of a second`(
        _ startsOfRun: Int
    ) throws {
        var random = SeededRandom(seed: 8)
        let runs = try Runs()
        // As many in each microsecond as if two million lay in a sixteenth of a second.
        let spread: Int64 = 4_000
        try runs.database().database.pauseCompactions()
        for _ in 0..<40 {
            try runs.flush(
                (0..<startsOfRun).map { _ in
                    StartRunFuzzTests.start(spread, StartRunFuzzTests.allCountries, &random)
                }
            )
        }
        #expect(try runs.database().database.levelZeroFileCount(of: runs.database().starts) == 40)
        let before = try StartRunFuzzTests.mostItems(runs, spread, &random)
        #expect(before < 60_000)
        try StartRunFuzzTests.settle(runs) { _ = try StartRunFuzzTests.mostItems(runs, spread, &random) }
        let after = try StartRunFuzzTests.mostItems(runs, spread, &random)
        #expect(after < 45_000)
    }
}
