internal import Text

/// Arguments that the program does not understand: one line that names the argument and what would be right.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The command whose arguments they are; `nil` where no command was recognised.
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

/// Returns the beginning of a text in single quotes, safe to show, passwords of addresses hidden.
///
/// What is no address, such as a player's id, may look like one; `mayHoldPassword` is false for it.
public func quoted(_ text: String, mayHoldPassword: Bool = true) -> String {
    "'\(excerpt(mayHoldPassword ? hidingPasswords(text) : text))'"
}
