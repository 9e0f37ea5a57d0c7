internal import Text

/// Why a configuration cannot be used: the key, where its value came from, the value, and what would be right.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The key, or the text in place of one; `nil` if the file as a whole is wrong.
    public var key: String?
    /// Where the error is.
    public var source: Configuration.Source
    /// The value, with passwords hidden; `nil` if no value is wrong.
    public var value: String?
    /// What is wrong and what would be right, worded to follow the value.
    public var reason: String

    /// One line: `retention_days = -1 (players.json5:3): must be a whole number from 0 to 146000`.
    public var description: String {
        guard let key else { return "\(source): \(reason)" }
        guard let value else { return "\(shown(key)) (\(source)): \(reason)" }
        return "\(shown(key)) = \(shown(value)) (\(source)): \(reason)"
    }
}

/// Returns a text of a configuration as messages show it: without passwords, safe to show, and long enough for an
/// address with several hosts.
func shown(_ text: String) -> String {
    excerpt(hidingPasswords(text), characters: 200, bytes: 800)
}
