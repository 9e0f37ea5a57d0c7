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
