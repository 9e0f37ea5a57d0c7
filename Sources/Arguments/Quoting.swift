import Redaction

/// The most characters of an argument that a message repeats.
private let maximumQuotedCharacters = 80

/// The text in single quotes as a message shows it: on one line, cut where it is long, passwords of addresses hidden.
///
/// What is no address, such as a player's id, may look like one; `mayHoldPassword` is false for it.
public func quoted(_ text: String, mayHoldPassword: Bool = true) -> String {
    let text = mayHoldPassword ? hidingPasswords(text) : text
    var result = "'"
    for scalar in text.unicodeScalars.prefix(maximumQuotedCharacters) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + (text.unicodeScalars.count > maximumQuotedCharacters ? "…'" : "'")
}
