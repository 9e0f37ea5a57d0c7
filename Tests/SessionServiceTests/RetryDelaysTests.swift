import Testing

@testable import SessionService

struct RetryDelaysTests {
    @Test(arguments: [1...3, 5...10, 7...7])
    func `a thousand refused clients come back evenly over the range`(range: ClosedRange<Int>) {
        let delays = RetryDelays(seed: 20_261_129)
        var counts: [Int: Int] = [:]
        for _ in 0..<1_000 { counts[delays.seconds(in: range), default: 0] += 1 }
        #expect(counts.keys.sorted() == Array(range))
        // Of six seconds each has 167 on average, with a standard deviation of 12.
        let share = 1_000 / range.count
        #expect(counts.values.allSatisfy { $0 > share / 2 && $0 < share * 2 }, "\(counts)")
    }

    @Test func `the seed decides`() {
        func sequence(_ seed: UInt64) -> [Int] {
            let delays = RetryDelays(seed: seed)
            return (0..<100).map { _ in delays.seconds(in: 1...1_000) }
        }
        #expect(sequence(1) == sequence(1))
        #expect(sequence(1) != sequence(2))
    }
}
