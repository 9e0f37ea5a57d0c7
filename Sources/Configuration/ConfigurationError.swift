internal import Text

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
        guard let value else { return "\(shown(key)) (\(source)): \(reason)" }
        return "\(shown(key)) = \(shown(value)) (\(source)): \(reason)"
    }
}

/// Returns a text of a configuration as a message repeats it: passwords hidden, safe to show, and long enough for an
/// address with several hosts.
func shown(_ text: String) -> String {
    excerpt(hidingPasswords(text), characters: 200, bytes: 800)
}
