import HTTPServer

/// A client's preferences, from its `Prefer` headers (RFC 7240).
///
/// Several headers form one list; of a repeated preference the first counts; what cannot be parsed is ignored, as the
/// RFC requires. Costs a few nanoseconds a byte, so that a head full of preferences does not hold up a loop.
struct Preferences {
    /// Whether `handling=lenient` is requested, compared case-insensitively.
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
                // Parameters follow after semicolons; none is known for `handling`.
                let wordEnd = Preferences.end(of: UInt8(ascii: ";"), in: text, from: start, before: end)
                if let value = Preferences.handling(text[start..<wordEnd]) {
                    isLenient = HTTPText.isEqual(Preferences.unquoted(value)[...], "lenient")
                    return
                }
                start = end + 1
            }
        }
    }

    /// Returns the value of a preference named `handling`, or `nil` for any other.
    private static func handling(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard word.count >= "handling".utf8.count else { return nil }
        let equals = word.firstIndex(of: UInt8(ascii: "="))
        let name = HTTPText.trimmed(word[..<(equals ?? word.endIndex)])
        guard HTTPText.isEqual(name, "handling") else { return nil }
        return equals.map { HTTPText.trimmed(word[($0 + 1)...]) } ?? []
    }

    /// Returns the index of the next separator outside of quotes, or `limit`.
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

/// Comparison of HTTP fields: byte by byte, ASCII letters case-insensitively.
enum HTTPText {
    /// Returns the text without leading and trailing spaces and tabs.
    static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }

    /// Returns whether a text equals a word, which is given in lower case.
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
