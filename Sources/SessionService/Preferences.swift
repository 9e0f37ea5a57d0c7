import HTTPServer

/// What a client prefers, as its `Prefer` headers say (RFC 7240).
///
/// Several headers are one list; of a preference given twice the first counts; what cannot be read is passed over, as
/// the RFC asks.
struct Preferences {
    private var values: [String: String] = [:]

    init(_ head: HTTPRequestHead) {
        self.init(headers: head.values(of: "prefer"))
    }

    init(headers: [String]) {
        for header in headers {
            for preference in Preferences.split(header[...], at: ",") {
                // Parameters follow behind semicolons; none is known for `handling`.
                let word = Preferences.split(preference, at: ";").first ?? ""
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = Preferences.trimmed(parts[0]).lowercased()
                guard !name.isEmpty, values[name] == nil else { continue }
                values[name] = parts.count == 2 ? Preferences.unquoted(Preferences.trimmed(parts[1])) : ""
            }
        }
    }

    /// Whether `handling=lenient` is asked for; its words are compared without case.
    var isLenient: Bool { values["handling"]?.lowercased() == "lenient" }

    /// The pieces between separators that stand outside of quotes.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var pieces: [Substring] = []
        var start = text.startIndex
        var quoted = false
        var escaped = false
        for index in text.indices {
            let character = text[index]
            if escaped {
                escaped = false
            } else if quoted && character == "\\" {
                escaped = true
            } else if character == "\"" {
                quoted.toggle()
            } else if character == separator && !quoted {
                pieces.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        return pieces + [text[start...]]
    }

    static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isHTTPSpace)
        while text.last?.isHTTPSpace == true { text.removeLast() }
        return text
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var value = ""
        var escaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\" && !escaped {
                escaped = true
            } else {
                value.append(character)
                escaped = false
            }
        }
        return value
    }
}
