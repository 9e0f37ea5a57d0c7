import Testing

@testable import CQL

struct TokenRingTests {
    private let ring = TokenRing([
        node(0, tokens: [-100, 50]), node(1, tokens: [0]), node(2, tokens: [100]),
    ])

    @Test(arguments: [
        (Int64.min, 0), (-101, 0), (-100, 0), (-99, 1), (0, 1), (1, 2), (50, 2), (51, 3), (100, 3), (101, 0),
        (Int64.max, 0),
    ])
    func `a token belongs to the first place at or behind it, and the last tokens to the first place`(
        token: Int64,
        range: Int
    ) {
        #expect(ring.range(of: Token(value: token)) == range)
    }

    @Test(arguments: [
        (0, 1, [0]), (0, 2, [0, 1]), (0, 3, [0, 1, 2]), (0, 9, [0, 1, 2]), (0, 0, []),
        (1, 2, [1, 0]), (2, 2, [0, 2]), (3, 3, [2, 0, 1]),
    ])
    func `the simple strategy takes the next nodes on the ring, each once`(
        range: Int,
        copies: Int,
        replicas: [Int]
    ) {
        #expect(ring.replicas(ofRange: range, .simple(copies: copies)) == replicas)
    }

    @Test func `every node has everything where the strategy says so, and nobody where it is unknown`() {
        #expect(ring.replicas(ofRange: 1, .everywhere) == [0, 1, 2])
        #expect(ring.replicas(ofRange: 1, .unknown).isEmpty)
    }

    @Test func `an empty ring has no ranges`() {
        #expect(TokenRing([node(0, tokens: [])]).range(of: Token(value: 3)) == nil)
    }

    @Test func `a token that two nodes claim has one owner`() {
        let ring = TokenRing([node(0, tokens: [5, 7]), node(1, tokens: [5])])
        #expect(ring.tokens.map(\.value) == [5, 7])
        #expect(ring.owners == [0, 0])
    }

    /// Two racks in the first data centre, one in the second.
    private let large = TokenRing([
        node(0, dataCenter: "a", rack: "1", tokens: [0]),
        node(1, dataCenter: "a", rack: "1", tokens: [10]),
        node(2, dataCenter: "b", rack: "1", tokens: [20]),
        node(3, dataCenter: "a", rack: "2", tokens: [30]),
        node(4, dataCenter: "b", rack: "1", tokens: [40]),
    ])

    @Test(arguments: [
        // Another rack goes before the next node.
        (0, ["a": 2], [0, 3]),
        (1, ["a": 2], [1, 3]),
        (3, ["a": 2], [3, 0]),
        // Three copies in two racks: one rack has two.
        (0, ["a": 3], [0, 1, 3]),
        (0, ["a": 9], [0, 1, 3]),
        (0, ["b": 1], [2]),
        (0, ["b": 2], [2, 4]),
        (3, ["a": 1, "b": 1], [3, 4]),
        (0, ["a": 2, "b": 2], [0, 2, 3, 4]),
        (0, ["c": 3], []),
        (0, ["a": 0], []),
    ])
    func `the topology strategy counts in each data centre and spreads over racks`(
        range: Int,
        copies: [String: Int],
        replicas: [Int]
    ) {
        #expect(large.replicas(ofRange: range, .networkTopology(copies: copies)) == replicas)
    }
}
