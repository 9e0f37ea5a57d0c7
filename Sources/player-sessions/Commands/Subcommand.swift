import Arguments

/// One of the program's commands: its description and what it does.
protocol Subcommand: Sendable {
    /// What the parser and the help know of it.
    var syntax: CommandSyntax { get }

    /// Does it.
    ///
    /// - Throws: `UsageError` for wrong arguments, or `Failure`.
    func run(_ arguments: ParsedArguments) async throws
}
