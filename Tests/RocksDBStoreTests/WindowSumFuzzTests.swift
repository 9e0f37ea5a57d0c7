import Fuzzing
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct WindowSumFuzzTests {
    // Strategy: random starts and removals of earlier ones, some of them heaped in one second so that nodes split on every
    // level, in several trees in memory, one after the other; each tree is summed as it is and in its stored form, in
    // which all trees are also merged into one. Windows begin and end at, before and behind the starts.
    // Invariant: every sum is what counting one start after the other gives.
    @Test func `a window's sum is what counting gives, in memory, stored and merged`() {
        fuzz(rounds: 16) { seed in
            var random = SeededRandom(seed: seed)
            var starts: [(instant: Int64, country: UInt16, delta: Int64)] = []
            var present = starts
            let begin = random.element(of: [0, 1_480_550_399_000_000, Timestamp.latest.microseconds - day])
            let spread = random.element(of: [3, 3_000, second / 16, second, minute, hour, 3 * day, 400 * day])
            var trees = (0..<random.element(of: [1, 3, 12])).map { _ in HotStarts() }
            let count = random.element(of: [3, 300, 2_500, spread <= second ? 15_000 : 2_500])
            for number in 0..<count {
                let instant = begin + Int64.random(in: 0...spread, using: &random)
                var start = (
                    instant: min(instant, Timestamp.latest.microseconds),
                    country: UInt16(random.element(of: [0, 3, 675, 676, CountryCode.count - 1])),
                    delta: Int64(1)
                )
                // Only what is there is taken away.
                if random.once(in: 8), let index = present.indices.randomElement(using: &random) {
                    present.swapAt(index, present.count - 1)
                    start = present.removeLast()
                    start.delta = -1
                } else {
                    present.append(start)
                }
                starts.append(start)
                trees[number * trees.count / count]
                    .add(start.instant, country: start.country, delta: start.delta)
            }
            let stored = StoredTree(trees)
            for _ in 0..<60 {
                let window = WindowSumFuzzTests.window(starts.map(\.instant), &random)
                var expected: StartCounts = [:]
                for start in starts
                where start.instant > window.from.microseconds && start.instant <= window.until.microseconds {
                    expected[CountryCode(ordinal: Int(start.country)), default: 0] += Int(start.delta)
                }
                expected = expected.filter { $0.value != 0 }
                var inMemory = WindowSum()
                for tree in trees {
                    inMemory.add(window) { (level, buckets, body) throws(Never) in
                        tree.forEachNode(level, buckets) { body($0, .memory($1)) }
                    }
                }
                #expect(inMemory.startCounts == expected, "seed \(seed): \(window) in memory")
                var merged = WindowSum()
                merged.add(window) { (level, buckets, body) throws(Never) in
                    stored.forEachNode(level, buckets, body)
                }
                #expect(merged.startCounts == expected, "seed \(seed): \(window) stored")
                #expect(!merged.metDamage)
            }
        }
    }

    private static func window(_ instants: [Int64], _ random: inout SeededRandom) -> TrailingWindow {
        let steps = [0, 0, 1, -1, 37, -2_000, second, -minute, hour, -day, 31 * day, -400 * day]
        var ends = (0..<2).map { _ in random.element(of: instants) + random.element(of: steps) }
        if random.once(in: 3) {
            ends[0] -= ends[0] % random.element(of: [4, 100, 2_500, second / 16, minute, day]) + 1
        }
        ends.sort()
        return TrailingWindow(
            from: Timestamp(microseconds: ends[0]),
            until: Timestamp(microseconds: max(ends[1], ends[0] + 1))
        )
    }

    @Test func `a window costs the same however many starts lie in a fraction of a second`() {
        var random = SeededRandom(seed: 5)
        let begin = 20_000 * day
        var tree = HotStarts()
        // As many in each microsecond as if two million lay in a sixteenth of a second.
        for _ in 0..<320_000 {
            let instant = begin + Int64.random(in: 0..<10_000, using: &random)
            tree.add(
                instant,
                country: UInt16.random(in: 0..<UInt16(CountryCode.count), using: &random),
                delta: 1
            )
        }
        let stored = StoredTree([tree])
        for (from, until) in [(1, 9_998), (1_251, 6_249), (3_111, 3_112), (-7, 4_949), (2_499, 5_000)] {
            let window = TrailingWindow(
                from: Timestamp(microseconds: begin + Int64(from)),
                until: Timestamp(microseconds: begin + Int64(until))
            )
            var inMemory = WindowSum()
            inMemory.add(window) { (level, buckets, body) throws(Never) in
                tree.forEachNode(level, buckets) { body($0, .memory($1)) }
            }
            var inRuns = WindowSum()
            inRuns.add(window) { (level, buckets, body) throws(Never) in
                stored.forEachNode(level, buckets, body)
            }
            // At each end twelve of the 25 buckets of a level at most, and few more than all countries in each of them.
            #expect(inMemory.items < 45_000 && inRuns.items < 45_000, "\(from) to \(until)")
            #expect(inRuns.expensive.isEmpty)
        }
    }

    // One memtable brings starts that a node keeps, the next one moves them all and splits the node: what it hands
    // down cancels out, and is needed all the same.
    @Test func `starts that move within a crowded bucket are counted where they are`() {
        let begin = 20_000 * day
        var (before, moves) = (HotStarts(), HotStarts())
        for number in 0..<2_100 as Range<Int64> {
            before.add(begin + 20 * number, country: 3, delta: 1)
            moves.add(begin + 20 * number, country: 3, delta: -1)
            moves.add(begin + 20 * number + 7, country: 3, delta: 1)
        }
        let stored = StoredTree([before, moves])
        for until in [3, 7, 20_003, 41_980 + 6] as [Int64] {
            let right = Int((until + 20 - 7) / 20)
            #expect(starts(in: stored, begin - 5, begin + until) == right, "until \(until)")
        }
    }

    // Twelve memtables bring starts that a minute keeps, the next one moves all of them within a second, which only it
    // splits: what that hands down cancels out in the second, and is needed all the same.
    @Test func `starts that move within a second that no other memtable crowds are counted where they are`() {
        let begin = 20_000 * day
        var trees = (0..<13).map { _ in HotStarts() }
        for number in 0..<1_200 as Range<Int64> {
            trees[Int(number) % 12].add(begin + 100 * number, country: 3, delta: 1)
            trees[12].add(begin + 100 * number, country: 3, delta: -1)
            trees[12].add(begin + 900_000 + number, country: 3, delta: 1)
        }
        let stored = StoredTree(trees)
        for (until, right) in [(500_000, 0), (900_149, 150), (990_000, 1_200)] as [(Int64, Int)] {
            #expect(starts(in: stored, begin - 5, begin + until) == right, "until \(until)")
        }
    }

    /// The starts of the third country after one instant, through another.
    private func starts(in stored: StoredTree, _ from: Int64, _ until: Int64) -> Int {
        var sum = WindowSum()
        sum.add(
            TrailingWindow(from: Timestamp(microseconds: from), until: Timestamp(microseconds: until))
        ) { (level, buckets, body) throws(Never) in stored.forEachNode(level, buckets, body) }
        return sum.startCounts[CountryCode(ordinal: 3), default: 0]
    }

    @Test func `a damaged node is noticed`() {
        var sum = WindowSum()
        sum.add(TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)) {
            (level, _, body) throws(Never) in
            guard level == .month else { return }
            unsafe [UInt8]([9, 9]).withUnsafeBytes { unsafe body(0, .stored($0)) }
        }
        #expect(sum.metDamage)
    }
}

/// Trees as the runs would hold them: by key, merged.
private struct StoredTree {
    private var nodes: [HotStarts.Key: [UInt8]] = [:]

    init(_ trees: [HotStarts]) {
        for tree in trees {
            for (key, node) in tree.sortedNodes() {
                var operand: [UInt8] = []
                node.encode(to: &operand)
                guard let before = nodes[key] else {
                    nodes[key] = operand
                    continue
                }
                nodes[key] = unsafe before.withUnsafeBytes { before in
                    unsafe operand.withUnsafeBytes { unsafe StartNode.combine([before, $0]) }
                }
            }
        }
    }

    func forEachNode(
        _ level: StartLevel,
        _ buckets: ClosedRange<Int64>,
        _ body: (Int64, StartNodeView) -> Void
    ) {
        let keys = nodes.keys.filter { $0.level == level && buckets.contains($0.bucket) }.sorted()
        for key in keys {
            unsafe nodes[key]?.withUnsafeBytes { unsafe body(key.bucket, .stored($0)) }
        }
    }
}
