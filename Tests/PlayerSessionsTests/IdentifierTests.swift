import PlayerSessions
import Testing

struct IdentifierTests {
    @Test(
        arguments: [
            "a", " ", "0a2d12a1a7e145de8bae44c0c6e06629", "\u{20}\u{7E}", "\u{A0}", "\u{C2}", "\u{2028}", "😀",
            String(repeating: "x", count: 128), String(repeating: "😀", count: 32),
        ]
    )
    func `an id is 1 to 128 bytes of UTF-8`(text: String) throws {
        let identifier = try Identifier(text)
        #expect(identifier.bytes == Array(text.utf8) && identifier.description == text)
    }

    @Test(
        arguments: [
            ("", .empty), (String(repeating: "x", count: 129), .tooLong),
            (String(repeating: "ä", count: 65), .tooLong),
        ] as [(String, Identifier.ValidationError)]
    )
    func `an id is neither empty nor longer`(text: String, error: Identifier.ValidationError) {
        #expect(throws: error) { try Identifier(text) }
    }

    @Test func `an id holds no control characters, and everything else may stand in it`() throws {
        for value in 0...0x2FF as ClosedRange<UInt32> {
            let scalar = try #require(Unicode.Scalar(value))
            let isControl = value < 0x20 || (0x7F...0x9F).contains(value)
            // Ids are looked at eight bytes at a time: each place in the eight, and behind them.
            for length in 0..<18 {
                let text =
                    String(repeating: "~", count: length) + String(scalar) + String(repeating: " ", count: 9)
                let error = Identifier.validate(Array(text.utf8).span)
                guard error == (isControl ? .controlCharacter : nil) else {
                    Issue.record(
                        "U+\(String(value, radix: 16)) behind \(length) bytes: \(String(describing: error))"
                    )
                    return
                }
            }
        }
    }

    @Test func `ids are compared byte by byte`() throws {
        let sorted = try ["A", "a", "aa", "b", "\u{E9}", "😀"].map { try Identifier($0) }
        #expect(sorted.reversed().sorted() == sorted)
        #expect(try Identifier("\u{E9}") != Identifier("e\u{301}"))
    }
}
