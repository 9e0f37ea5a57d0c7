internal import Text

/// Invalid arguments: one line that names the argument and what would be right.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The command whose arguments are invalid, or `nil` if no command was recognised.
    public var command: String?
    /// What is wrong and what would be right, in one line.
    public var message: String

    /// Makes an error.
    public init(command: String? = nil, _ message: String) {
        self.command = command
        self.message = message
    }

    /// The command and the message.
    public var description: String {
        (command.map { "\($0): " } ?? "") + message
    }
}

/// Returns the beginning of a text in single quotes, safe to show and with passwords of addresses hidden.
///
/// Pass `mayHoldPassword: false` for a text that only looks like an address, such as a player's id.
public func quoted(_ text: String, mayHoldPassword: Bool = true) -> String {
    "'\(excerpt(mayHoldPassword ? hidingPasswords(text) : text))'"
}
