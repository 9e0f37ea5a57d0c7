extension Unicode.Scalar {
    /// Whether a terminal or a viewer of logs may act on the scalar instead of showing it.
    ///
    /// True for C0, DEL, C1, line and paragraph separators, and format characters, among them the bidirectional
    /// overrides that make a text read in another order than it is stored in.
    public var isUnsafeToShow: Bool {
        if value < 0x7F { return value < 0x20 }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    /// The scalar as a message shows it: `\u{1b}` if it is unsafe to show.
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

/// Returns the text as one line that is safe to show: what a terminal would act on is escaped, as in `\u{1b}`.
///
/// Every text that did not come from this program's own source passes through this or `excerpt` before it is shown:
/// an answer of a service, an error of a node, the name of a file.
public func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isUnsafeToShow) else { return text }
    return text.unicodeScalars.reduce(into: "") { $0 += $1.printable }
}

/// Returns the beginning of a text as one line that is safe to show, with `…` where it was cut.
///
/// Both limits hold, since a character may have any number of bytes. The text is cut between characters; only a first
/// character that is too long is cut itself.
///
/// - Parameters:
///   - text: Any text.
///   - characters: The most characters that are repeated.
///   - bytes: The most bytes of the result, without the `…`.
/// - Returns: At most so many characters and bytes of the text, escapes counted.
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
