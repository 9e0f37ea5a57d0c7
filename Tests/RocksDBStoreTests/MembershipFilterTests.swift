import Testing

@testable import RocksDBStore

@Suite struct MembershipFilterTests {
    private static func hashes(_ numbers: Range<UInt64>) -> [UInt64] {
        numbers.map { number in
            unsafe withUnsafeBytes(of: number) { unsafe KeyHash.membership($0, 7) }
        }
    }

    @Test(arguments: [1, 1_000, 100_000])
    func `what was inserted is never denied, and what was not nearly always`(_ capacity: Int) throws {
        let filter = try MembershipFilter(capacity: capacity, maximumBytes: .max, seed: 7)
        let inserted = MembershipFilterTests.hashes(0..<UInt64(filter.capacity))
        filter.insert(inserted.span)
        #expect(inserted.allSatisfy(filter.mayContain))
        let others = MembershipFilterTests.hashes(1_000_000..<1_200_000)
        let mistakes = others.count(where: filter.mayContain)
        #expect(mistakes < others.count / 100, "\(mistakes) of \(others.count)")
        #expect(!filter.isFull && filter.count > filter.capacity * 9 / 10)
        // Twice as many are the most for which it is worth to be asked.
        filter.insert(MembershipFilterTests.hashes(2_000_000..<2_000_000 + UInt64(filter.capacity)).span)
        #expect(filter.isFull && !filter.isOverfull)
        let moreMistakes = others.count(where: filter.mayContain)
        #expect(moreMistakes < others.count / 5, "\(moreMistakes) of \(others.count)")
    }

    @Test func `a filter takes no more memory than it may`() throws {
        let filter = try MembershipFilter(capacity: 1_000_000, maximumBytes: 10_000, seed: 7)
        #expect(filter.bytes == 9_984)
        #expect(filter.capacity == 6_656)
        filter.insert(MembershipFilterTests.hashes(0..<30_000).span)
        #expect(filter.isOverfull)
    }

    @Test func `a session that is inserted twice counts once`() throws {
        let filter = try MembershipFilter(capacity: 1_000, maximumBytes: .max, seed: 7)
        for _ in 0..<3 { filter.insert(MembershipFilterTests.hashes(0..<100).span) }
        #expect(filter.count == 100)
    }
}
