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
            for preference in Preferences.split(Array(header.utf8)[...], at: UInt8(ascii: ",")) {
                // Parameters follow behind semicolons; none is known for `handling`.
                let word = Preferences.split(preference, at: UInt8(ascii: ";"), limit: 1)[0]
                let equals = word.firstIndex(of: UInt8(ascii: "="))
                let name = HTTPText.trimmed(word[..<(equals ?? word.endIndex)])
                guard HTTPText.isEqual(name, "handling") else { continue }
                let value = equals.map { HTTPText.trimmed(word[($0 + 1)...]) } ?? []
                isLenient = HTTPText.isEqual(Preferences.unquoted(value)[...], "lenient")
                return
            }
        }
    }

    /// The pieces between separators that stand outside of quotes, up to `limit` of them.
    private static func split(
        _ text: ArraySlice<UInt8>,
        at separator: UInt8,
        limit: Int = .max
    ) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = text.startIndex
        var quoted = false
        var escaped = false
        for (index, byte) in zip(text.indices, text) {
            if escaped {
                escaped = false
            } else if quoted && byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                quoted.toggle()
            } else if byte == separator && !quoted {
                pieces.append(text[start..<index])
                if pieces.count == limit { return pieces }
                start = index + 1
            }
        }
        pieces.append(text[start...])
        return pieces
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
