extension Unicode.Scalar {
    /// Whether a terminal or a log viewer may act on the scalar instead of showing it.
    ///
    /// True for C0, DEL, C1, line and paragraph separators, and format characters, including the bidirectional
    /// overrides that make a text read in another order than it is stored in.
    public var isUnsafeToShow: Bool {
        if value < 0x7F { return value < 0x20 }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    /// The scalar as shown in messages, escaped if it is unsafe to show: `\u{1b}`.
    fileprivate var printable: String {
        switch self {
        case _ where !isUnsafeToShow: String(self)
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(value, radix: 16))}"
        }
    }
}

/// Returns the text as one line that is safe to show, escaping what a terminal would act on: `\u{1b}`.
///
/// Every text from outside the program's own source passes through this or `excerpt` before it is shown: a service's
/// response, a node's error, a file's name.
public func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isUnsafeToShow) else { return text }
    return text.unicodeScalars.reduce(into: "") { $0 += $1.printable }
}

/// Returns the beginning of a text as one line that is safe to show, with `…` if it was truncated.
///
/// Both limits hold, since a character may have any number of bytes. The text is truncated between characters; only a
/// first character that is too long is itself truncated.
///
/// - Parameters:
///   - text: Any text.
///   - characters: The most characters of the text.
///   - bytes: The most bytes of the result, without the `…`.
/// - Returns: The beginning of the text within both limits; escapes count as bytes.
public func excerpt(_ text: String, characters: Int = 80, bytes: Int = 320) -> String {
    var shown = ""
    for (count, character) in text.enumerated() {
        guard count < characters else { return shown + "…" }
        var piece = ""
        for scalar in character.unicodeScalars {
            let next = scalar.printable
            if shown.utf8.count + piece.utf8.count + next.utf8.count > bytes {
                return (shown.isEmpty ? piece : shown) + "…"
            }
            piece += next
        }
        shown += piece
    }
    return shown
}
