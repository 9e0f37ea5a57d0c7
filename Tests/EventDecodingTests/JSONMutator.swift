import Fuzzing

/// Makes random JSON and breaks it, for the fuzzers.
struct JSONMutator {
    var generator: SeededRandom

    /// Pieces that meet the corners of the grammar and of the contract.
    private static let pieces = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0061", "\\n", "\\\"",
        "1e999", "-0",
        "0", "1", "1.5e-3", "18446744073709551616", "01", "true", "false", "null", "nul", "\u{FEFF}", "\0",
        "\t", " ",
        "\r", "\u{0C}", "\u{1A}", "ä", "😀", "\u{85}", "event", "\"start\"", "\"end\"", "\"country\"",
        "\"FI\"", "{}",
        "\"ts\"", "\"player_id\"", "\"session_id\"", "\"a\":", ",\"a\":1", "//", "'",
    ].map { Array($0.utf8) }

    /// One event as a line: valid as a rule, in a random order, with unknown members and odd spellings.
    mutating func event() -> [UInt8] {
        var members = [
            #""event":"\#(Bool.random(using: &generator) ? "start" : "end")""#,
            #""country":"\#(pick(["fI", "t1", "5A"]))""#,
            #""player_id":"\#(pick(["p", "0a2d12a1a7e145de8bae44c0c6e06629", "ä\\u00e4", "\\\"\\\\", "😀"]))""#,
            #""s\u0065ssion_id":"\#(pick(["s", "4a0c43c9-c43a-42ff-ba55-67563dfa35d4", "\\/"]))""#,
            #""ts":"\#(pick(["2016-12-02T12:48:05.520022", "1970-01-01 00:00:00Z", "2016-12-02t23:00:00.1+01:30", "2016-12-02 12:48:05,5 +02", "2016-12-02T12:48UTC"]))""#,
        ]
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            members.append("\"x\(pick(["", "y", "\\t"]))\":" + json(depth: 3))
        }
        let separator = pick([",", " , ", ",\t"])
        return Array(("{" + members.shuffled(using: &generator).joined(separator: separator) + "}").utf8)
    }

    /// Random valid JSON.
    mutating func json(depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: return pick(["null", "true", "false"])
        case 1: return pick(["0", "-0", "-12.5E+3", "1e999", "123456789012345678901", "1e-400"])
        case 2: return "\"" + pick(["", "\\uD83D\\uDE00", "\\b\\f\\r", "日本", "\\\\u", "}{"]) + "\""
        case 3: return "\"event\""
        case 4: return " 1 "
        case 5: return "[ ]"
        case 6: return "[" + (0..<3).map { _ in json(depth: depth - 1) }.joined(separator: ",") + "]"
        default:
            return "{" + (0..<2).map { "\"\($0)\":" + json(depth: depth - 1) }.joined(separator: ",") + "}"
        }
    }

    /// Breaks a text in one to four places, or leaves it alone.
    mutating func mutate(_ text: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let at = Int.random(in: 0...text.count, using: &generator)
            let end = min(text.count, at + Int.random(in: 0...3, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: text.removeSubrange(at..<end)
            case 1 where at < text.count: text[at] = UInt8.random(in: 0...255, using: &generator)
            case 2:
                text.insert(contentsOf: text[at..<end], at: Int.random(in: 0...text.count, using: &generator))
            case 3: text.removeSubrange(at...)
            case 4: text.replaceSubrange(at..<end, with: pick(JSONMutator.pieces))
            default: text.insert(contentsOf: pick(JSONMutator.pieces), at: at)
            }
        }
        return text
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &generator)]
    }
}
