internal import Text

extension ProgramSyntax {
    /// Parses the arguments after the program's name.
    ///
    /// - Throws: `UsageError` with one line that names the argument.
    public func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        guard let word = arguments.first else {
            throw UsageError("a command is missing; try '\(name) --help'")
        }
        let rest = Array(arguments.dropFirst())
        switch word {
        case "-h", "--help": return .help(help())
        case "--version": return .version
        case "help": return .help(try rest.first.map(command(named:)).map(help(of:)) ?? help())
        default: break
        }
        guard !word.hasPrefix("-") else {
            let suggestion = nearest(to: word, among: ["--help", "--version"])
            throw UsageError(
                "unknown option \(quoted(word))"
                    + (suggestion.map { "; did you mean \($0)?" } ?? "; a command comes first")
            )
        }
        let command = try command(named: word)
        if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "-h" || $0 == "--help" }) {
            return .help(help(of: command))
        }
        return .run(command: command.name, try command.parse(rest))
    }

    private func command(named word: String) throws(UsageError) -> CommandSyntax {
        if let command = commands.first(where: { $0.name == word }) { return command }
        let suggestion = nearest(to: word, among: commands.map(\.name))
        throw UsageError(
            "unknown command \(quoted(word))"
                + (suggestion.map { "; did you mean '\($0)'?" }
                    ?? "; there are \(commands.map(\.name).joined(separator: ", "))")
        )
    }
}
