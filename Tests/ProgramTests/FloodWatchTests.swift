import Testing

@testable import player_sessions

struct FloodWatchTests {
    private static let flood = FloodWatch.floodBytes * 4

    /// The looks, from 0, at which floods were over.
    private func ends(_ looks: [Int]) -> [Int] {
        var watch = FloodWatch()
        return looks.indices.filter { watch.isOver(looks[$0]) }
    }

    @Test(
        arguments: [
            ([], []), ([0, 0, 0, 0, 0], []),
            // Ordinary traffic is no flood, and no look is like the next.
            ([1_000_000, 0, 2_000_000, 0, 0, 0, 0], []),
            ([flood, 0, 0, 0, 0, 0, 0], [3]), ([0, flood, flood, 0, 0, 0, 0], [5]),
            // Waves: only the last is the end.
            ([flood, 0, 0, flood, 0, flood, 0, 0, 0, 0], [8]),
            // Memory that is still held cannot be given back.
            ([flood, flood / 2, flood / 2, flood / 2, flood / 2], []),
            ([flood, flood / 4, 0, flood / 4, flood / 4], [3]),
            // One after another.
            ([flood, 0, 0, 0, 0, flood, 0, 0, 0], [3, 8]),
        ] as [([Int], [Int])]
    )
    func `a flood is over after three calm looks, once`(looks: [Int], expected: [Int]) {
        #expect(ends(looks) == expected)
    }
}
