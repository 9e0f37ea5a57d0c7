/// Finds the members of the outermost object of a JSON5 text.
///
/// It separates names from values and counts lines; it validates nothing. Grammar: https://spec.json5.org
struct JSON5Outline {
    /// A member: its name and its value as written, and the line of its name.
    struct Member {
        var name: String
        var value: String
        var line: Int
    }

    private let bytes: [UInt8]
    private var position = 0
    /// The current line, from 1.
    private(set) var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Returns the first byte after white space and comments, or `nil`.
    mutating func firstCharacter() -> UInt8? {
        skipBlanks()
        return current
    }

    /// Reads the members in order, as far as they can be told apart.
    ///
    /// - Returns: The members, and whether the text is one object and nothing else; if not, `line` is where parsing
    ///   stopped.
    mutating func members() -> (members: [Member], isComplete: Bool) {
        var members: [Member] = []
        guard skipped(UInt8(ascii: "{")) else { return (members, false) }
        while true {
            skipBlanks()
            if skipped(UInt8(ascii: "}")) {
                skipBlanks()
                return (members, current == nil)
            }
            let line = line
            guard let name = token(), skipped(UInt8(ascii: ":")), let value = token() else {
                return (members, false)
            }
            members.append(Member(name: name, value: value, line: line))
            skipBlanks()
            guard skipped(UInt8(ascii: ",")) || current == UInt8(ascii: "}") else { return (members, false) }
        }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipped(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard current == byte else { return false }
        position += 1
        return true
    }

    /// Returns a string, a word, a number, or something in brackets, as written.
    private mutating func token() -> String? {
        skipBlanks()
        let start = position
        var depth = 0
        repeat {
            switch current {
            case nil: return nil
            case UInt8(ascii: "\""), UInt8(ascii: "'"): skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
            default: skipWord()
            }
            if depth > 0 { skipBlanks() }
        } while depth > 0
        return depth == 0 && position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    private mutating func skipString() {
        let quote = bytes[position]
        position += 1
        while let byte = current, byte != quote {
            if byte == UInt8(ascii: "\\") { position += 1 }
            countLine()
            position += 1
        }
        position = min(position + 1, bytes.count)
    }

    private mutating func skipWord() {
        let start = position
        while let byte = current, !isBlank(), !JSON5Outline.endsWord(byte) { position += 1 }
        // A lone slash is not JSON5; skip it all the same.
        if position == start { position += 1 }
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            true
        default: false
        }
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            if isBlank() {
                countLine()
                position += blankLength
            } else if starts(with: "//") {
                while let byte = current, byte != 0x0A, byte != 0x0D { position += 1 }
            } else if starts(with: "/*") {
                position += 2
                while position < bytes.count, !starts(with: "*/") {
                    countLine()
                    position += 1
                }
                position = min(position + 2, bytes.count)
            } else {
                return
            }
        }
    }

    private func isBlank() -> Bool { blankLength > 0 }

    /// The length of the white space at the current position; 0 if there is none.
    private var blankLength: Int {
        switch current {
        case 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20: 1
        // U+00A0; U+2028, U+2029, U+FEFF and the space separators of Unicode have three bytes.
        case 0xC2 where starts(with: "\u{A0}"): 2
        case 0xE1, 0xE2, 0xE3, 0xEF: JSON5Outline.wideBlanks.contains(where: starts) ? 3 : 0
        default: 0
        }
    }

    private static let wideBlanks: [String] =
        ["\u{1680}", "\u{2028}", "\u{2029}", "\u{202F}", "\u{205F}", "\u{3000}", "\u{FEFF}"]
        + (0x2000...0x200A).compactMap { Unicode.Scalar($0).map(String.init) }

    private func starts(with text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    /// Counts a line at an LF, or at a CR without an LF after it.
    private mutating func countLine() {
        guard position < bytes.count else { return }
        let isBareReturn =
            bytes[position] == 0x0D && (position + 1 == bytes.count || bytes[position + 1] != 0x0A)
        if bytes[position] == 0x0A || isBareReturn { line += 1 }
    }
}
