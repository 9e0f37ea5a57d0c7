import Testing

@testable import player_sessions

/// The batches of lines of these lengths.
private func plan(_ lengths: [Int], _ limits: BatchLimits) -> [LineBatch] {
    var planner = BatchPlanner(limits: limits, file: "f")
    var batches: [LineBatch] = []
    for (index, length) in lengths.enumerated() {
        let line = [UInt8](repeating: 0x78, count: length) + [0x0A]
        if let full = unsafe line.withUnsafeBytes({ unsafe planner.add($0, number: index + 1) }) {
            batches.append(full)
        }
    }
    if let last = planner.flush() { batches.append(last) }
    #expect(planner.flush() == nil)
    return batches
}

@Test func `batches never pass the limits and lose no line`() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = RandomSource(seed: seed)
    for _ in 0..<200 {
        let limits = BatchLimits(
            events: Int(random.next(below: 12)) + 1,
            bytes: Int(random.next(below: 500)) + 100
        )
        let lengths = (0..<Int(random.next(below: 80))).map { _ in Int(random.next(below: 99)) + 1 }
        let batches = plan(lengths, limits)
        #expect(
            batches.allSatisfy {
                $0.lines.count <= limits.events && $0.body.count <= limits.bytes && !$0.lines.isEmpty
                    && $0.body.count { $0 == 0x0A } == $0.lines.count
            },
            "seed \(seed)"
        )
        #expect(batches.flatMap(\.lines) == Array(1...max(1, lengths.count)).filter { $0 <= lengths.count })
        #expect(batches.map(\.body.count).reduce(0, +) == lengths.reduce(0) { $0 + $1 + 1 }, "seed \(seed)")
    }
}

@Test func `batches are full where they can be`() {
    #expect(
        plan(Array(repeating: 9, count: 25), BatchLimits(events: 10, bytes: 1_000)).map(\.lines.count) == [
            10, 10, 5,
        ]
    )
    #expect(
        plan(Array(repeating: 9, count: 5), BatchLimits(events: 10, bytes: 20)).map(\.lines.count) == [
            2, 2, 1,
        ]
    )
}

@Test func `a line above the limit goes alone`() {
    #expect(plan([5, 500, 5], BatchLimits(events: 10, bytes: 100)).map(\.lines) == [[1], [2], [3]])
}

@Test func `a batch is cut by its lines`() {
    let batch = LineBatch(body: Array("a\nbb\nccc\n".utf8), lines: [4, 6, 9], file: "f")
    #expect(batch.bytes(ofLineAt: 1).elementsEqual("bb\n".utf8))
    #expect(batch.removing([1]) == LineBatch(body: Array("a\nccc\n".utf8), lines: [4, 9], file: "f"))
    let halves = batch.halves()
    #expect(halves.0.lines == [4])
    #expect(halves.1.lines == [6, 9])
    #expect(halves.0.body + halves.1.body == batch.body)
}
