/// The syntax and help texts of a program.
public struct ProgramSyntax: Sendable {
    /// The name of the program.
    public let name: String
    /// What the program is, in one sentence.
    public let summary: String
    /// The commands, in the order of help.
    public let commands: [CommandSyntax]
    /// The meaning of each exit status.
    public let exitStatuses: [(status: Int, meaning: String)]

    /// Makes a program from its parts.
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
