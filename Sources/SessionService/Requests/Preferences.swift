import HTTPServer

/// What a client prefers, as its `Prefer` headers say (RFC 7240).
///
/// Several headers are one list; of a preference given twice the first counts; what cannot be read is passed over, as
/// the RFC asks. Costs a few nanoseconds a byte, so that a head full of preferences holds no loop up.
struct Preferences {
    /// Whether `handling=lenient` is asked for; its words are compared without case.
    private(set) var isLenient = false

    init(_ head: HTTPRequestHead) {
        self.init(headers: head.values(of: "prefer"))
    }

    init(headers: [String]) {
        for header in headers {
            let text = Array(header.utf8)
            var start = 0
            while start <= text.count {
                let end = Preferences.end(of: UInt8(ascii: ","), in: text, from: start, before: text.count)
                // Parameters follow behind semicolons; none is known for `handling`.
                let wordEnd = Preferences.end(of: UInt8(ascii: ";"), in: text, from: start, before: end)
                if let value = Preferences.handling(text[start..<wordEnd]) {
                    isLenient = HTTPText.isEqual(Preferences.unquoted(value)[...], "lenient")
                    return
                }
                start = end + 1
            }
        }
    }

    /// The value of a preference whose name is `handling`, or `nil` for any other.
    private static func handling(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard word.count >= "handling".utf8.count else { return nil }
        let equals = word.firstIndex(of: UInt8(ascii: "="))
        let name = HTTPText.trimmed(word[..<(equals ?? word.endIndex)])
        guard HTTPText.isEqual(name, "handling") else { return nil }
        return equals.map { HTTPText.trimmed(word[($0 + 1)...]) } ?? []
    }

    /// Where the next separator lies that stands outside of quotes, or `limit`.
    private static func end(of separator: UInt8, in text: [UInt8], from start: Int, before limit: Int) -> Int
    {
        var quoted = false
        var escaped = false
        var index = start
        while index < limit {
            let byte = text[index]
            if escaped {
                escaped = false
            } else if quoted && byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                quoted.toggle()
            } else if byte == separator && !quoted {
                return index
            }
            index += 1
        }
        return limit
    }

    private static func unquoted(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        guard text.count >= 2, text.first == quote, text.last == quote else { return Array(text) }
        var value: [UInt8] = []
        var escaped = false
        for byte in text.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\\") && !escaped {
                escaped = true
            } else {
                value.append(byte)
                escaped = false
            }
        }
        return value
    }
}

/// How the fields of HTTP are compared: byte by byte, ASCII letters without case.
enum HTTPText {
    /// The text without the spaces and tabs around it.
    static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }

    /// Whether a text is a word, which is given in lower case.
    static func isEqual(_ text: ArraySlice<UInt8>, _ lowercaseWord: StaticString) -> Bool {
        lowercaseWord.withUTF8Buffer { word in
            unsafe text.count == word.count && zip(text, word).allSatisfy { lowercased($0) == $1 }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
