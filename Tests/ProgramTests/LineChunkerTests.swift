import Testing

@testable import player_sessions

/// A line as it came out of a chunker: its number and text, or `nil` for one that was too long.
private struct Line: Equatable {
    var number: Int
    var text: String?
}

/// All lines of a text that arrives in pieces of the sizes that `size` says.
private func lines(
    of text: String,
    maximumLines: Int = .max,
    maximumLineBytes: Int = 16,
    size: () -> Int
) -> (lines: [Line], longBytes: [UInt8]) {
    let chunker = LineChunker(maximumLines: maximumLines, maximumLineBytes: maximumLineBytes, readBytes: 8)
    var rest = Array(text.utf8)[...]
    var lines: [Line] = []
    var longBytes: [UInt8] = []
    while true {
        let count = unsafe chunker.fill { space in
            let next = rest.prefix(min(size(), space.count))
            unsafe space.copyBytes(from: next)
            rest = rest.dropFirst(next.count)
            return next.count
        }
        while let piece = chunker.next() {
            switch piece {
            case .lines(let range, let firstLine):
                let bytes = unsafe Array(chunker.bytes[range])
                var texts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
                if bytes.last == 0x0A { texts.removeLast() }
                #expect(texts.count <= maximumLines)
                for (index, text) in texts.enumerated() {
                    lines.append(Line(number: firstLine + index, text: String(decoding: text, as: UTF8.self)))
                }
            case .fragment(let range, let line, let isFirst):
                if isFirst { lines.append(Line(number: line, text: nil)) }
                unsafe longBytes += chunker.bytes[range]
            }
        }
        if count == 0 { return (lines, longBytes) }
    }
}

@Test(
    arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("\n", [""]), ("\n\na", ["", "", "a"]),
        ("a\r\nb", ["a\r", "b"]),
        ("0123456789abcdef\n0123456789abcdefg\nz", ["0123456789abcdef", nil, "z"]),
        ("0123456789abcdef0123456789abcdef0123456789abcdef", [nil]),
        ("0123456789abcdef0123456789abcdef0123456789abcdef\n", [nil]),
    ] as [(String, [String?])]
)
func `lines are whole and numbered wherever the reads are cut`(text: String, expected: [String?]) {
    for size in 1...9 {
        let found = lines(of: text) { size }.lines
        #expect(
            found == expected.enumerated().map { Line(number: $0.offset + 1, text: $0.element) },
            "\(size)"
        )
    }
}

/// Strategy: random texts of short, long and empty lines, read in random sizes.
///
/// Invariants: the lines are those of a
/// plain split, none is lost or cut, and the bytes of the long ones come out whole.
@Test func `random texts come out as a plain split has them`() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = RandomSource(seed: seed)
    for _ in 0..<300 {
        let texts = (0..<Int(random.next(below: 12))).map { _ in
            String(repeating: "x", count: Int(random.next(below: random.next(below: 2) == 0 ? 6 : 60)))
        }
        let text = texts.joined(separator: "\n")
        var expected = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if expected.last == "" { expected.removeLast() }
        let found = lines(of: text, maximumLines: 3) { Int(random.next(below: 9)) + 1 }
        #expect(
            found.lines
                == expected.enumerated().map {
                    Line(number: $0.offset + 1, text: $0.element.count <= 16 ? $0.element : nil)
                },
            "seed \(seed)"
        )
        let long = expected.filter { $0.count > 16 }.joined().count
        #expect(found.longBytes.count { $0 != 0x0A } == long, "seed \(seed)")
    }
}
