import Fuzzing
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct HotStartsTests {
    private static func tree(_ starts: Int, over spread: Int64) -> HotStarts {
        var random = SeededRandom(seed: 7)
        var tree = HotStarts()
        for _ in 0..<starts {
            let instant = Int64.random(in: 0..<spread, using: &random)
            tree.add(instant, country: UInt16.random(in: 0..<200, using: &random), delta: 1)
        }
        return tree
    }

    @Test(arguments: [3 * day, 400 * day, 55 * 365 * day])
    func `starts far apart take no more memory than those of one day`(_ spread: Int64) {
        let dense = HotStartsTests.tree(200_000, over: day).memoryBytes
        let sparse = HotStartsTests.tree(200_000, over: spread).memoryBytes
        #expect(Double(sparse) <= 1.5 * Double(dense))
    }

    @Test func `starts that are moved again and again take no more memory than the last ones`() {
        var tree = HotStarts()
        for number in 0..<100_000 as Range<Int64> {
            tree.add(50_000 * day - number * second, country: 1, delta: 1)
            if number > 0 { tree.add(50_000 * day - (number - 1) * second, country: 1, delta: -1) }
        }
        #expect(tree.memoryBytes < 200_000)
    }

    @Test func `more equal starts than an entry can count are counted`() {
        for count in [1_023, 1_024, 5_000, 20_000] {
            var tree = HotStarts()
            for _ in 0..<count { tree.add(90 * second, country: 675, delta: 1) }
            tree.add(90 * second, country: 675, delta: -Int64(count - 1))
            let entries = tree.sortedNodes().filter { $0.0.level == .minute }.flatMap { $0.1.entries }
            let totals = tree.sortedNodes().filter { $0.0.level == .minute }.flatMap { $0.1.totals }
            #expect(entries.reduce(0) { $0 + $1.delta } + totals.reduce(0) { $0 + $1.delta } == 1)
            #expect(entries.count <= 1)
        }
    }

    @Test func `an instant with all countries is not split, which would only take memory`() {
        var tree = HotStarts()
        for number in 0..<200_000 {
            tree.add(90 * second, country: UInt16(number % CountryCode.count), delta: 1)
        }
        #expect(tree.memoryBytes < 200_000)
        let entries = tree.sortedNodes().filter { $0.0.level >= .minute }.flatMap { $0.1.entries }
        #expect(entries.count == CountryCode.count && entries.reduce(0) { $0 + $1.delta } == 200_000)
    }

    @Test func `the stored form keeps starts in minutes and below, and comes in the order of its keys`() {
        let tree = HotStartsTests.tree(3_000, over: 40 * 365 * day)
        let nodes = Array(tree.sortedNodes())
        #expect(zip(nodes, nodes.dropFirst()).allSatisfy { $0.0 < $1.0 })
        for level in [StartLevel.month, .day, .hour] {
            let stored = nodes.filter { $0.0.level == level }
            #expect(stored.allSatisfy { $0.1.entries.isEmpty })
            #expect(stored.flatMap { $0.1.totals }.reduce(0) { $0 + $1.delta } == 3_000)
        }
        let minutes = nodes.filter { $0.0.level == .minute }
        #expect(minutes.flatMap { $0.1.entries }.reduce(0) { $0 + $1.delta } == 3_000)
    }
}
