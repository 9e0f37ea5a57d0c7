/// What the parser and the help know of a program.
public struct ProgramSyntax: Sendable {
    /// The name by which it is called.
    public let name: String
    /// What it is, in one sentence.
    public let summary: String
    /// The commands, in the order of help.
    public let commands: [CommandSyntax]
    /// What each exit status means.
    public let exitStatuses: [(status: Int, meaning: String)]

    /// Makes a program of its parts.
    public init(
        _ name: String,
        summary: String,
        commands: [CommandSyntax],
        exitStatuses: [(status: Int, meaning: String)]
    ) {
        self.name = name
        self.summary = summary
        self.commands = commands
        self.exitStatuses = exitStatuses
    }
}
