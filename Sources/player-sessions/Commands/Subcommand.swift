import Arguments

/// A command of the program: its syntax and what it does.
protocol Subcommand: Sendable {
    /// What the parser and the help need.
    var syntax: CommandSyntax { get }

    /// Runs the command.
    ///
    /// - Throws: `UsageError` for wrong arguments, or `Failure`.
    func run(_ arguments: ParsedArguments) async throws
}
