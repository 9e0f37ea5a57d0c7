import Redaction

/// Why a configuration cannot be used: the key, where its value came from, the value, and what would be right.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The key, or what stands where a key should; `nil` where a file as a whole is wrong.
    public var key: String?
    /// Where the fault is.
    public var source: Configuration.Source
    /// The value, passwords hidden; `nil` where the fault is not in one.
    public var value: String?
    /// What is wrong and what would be right, in words that follow the value.
    public var reason: String

    /// One line: `retention_days = -1 (players.json5:3): must be a whole number from 0 to 146000`.
    public var description: String {
        guard let key else { return "\(source): \(reason)" }
        guard let value else { return "\(printable(key)) (\(source)): \(reason)" }
        return "\(printable(key)) = \(printable(value)) (\(source)): \(reason)"
    }
}

/// A text as it may stand in one line: passwords hidden, control characters escaped, cut where it is long.
func printable(_ text: String) -> String {
    let longest = 200
    let text = hidingPasswords(text)
    var line = ""
    for (count, scalar) in text.unicodeScalars.enumerated() {
        if count == longest { return line + "…" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: line += scalar.escaped(asASCII: true)
        default: line.unicodeScalars.append(scalar)
        }
    }
    return line
}
