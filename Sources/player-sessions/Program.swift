import Arguments
import Foundation
import PlayerSessions

/// The program's version.
let programVersion = "1.0.0"

/// The program: its commands, and the one place where it prints errors and exits.
@main
enum Program {
    static let commands: [any Subcommand] = [
        ServeCommand(), ImportCommand(openStore: App.openStore), CopyCommand(openStore: App.openStore),
        SchemaCommand(), GenerateCommand(), CountCommand(), TopCommand(), CheckConfigCommand(),
    ]

    static let syntax = ProgramSyntax(
        "player-sessions",
        summary: "Stores the sessions of players and answers questions about them.",
        commands: commands.map(\.syntax),
        exitStatuses: [
            (0, "success"), (1, "failure; of import also: a line was not valid"), (2, "wrong usage"),
            (130, "an import or a copy was stopped by a signal"),
        ]
    )

    /// Not asynchronous, as the runtime opens files of its own before such a function begins.
    static func main() {
        StandardDescriptors.occupy()
        Task.detached { exit(await status(of: Array(CommandLine.arguments.dropFirst()))) }
        dispatchMain()
    }

    /// Does what the arguments ask for; returns the exit status.
    private static func status(of arguments: [String]) async -> Int32 {
        do {
            switch try syntax.parse(arguments) {
            case .help(let text): try printText(text)
            case .version: try printText("\(syntax.name) \(programVersion)\n")
            case .run(let name, let arguments):
                guard let command = commands.first(where: { $0.syntax.name == name }) else {
                    preconditionFailure("the syntax is made of the commands")
                }
                try await command.run(arguments)
            }
            return EXIT_SUCCESS
        } catch let error as UsageError {
            write("\(syntax.name): \(error)\n", to: STDERR_FILENO)
            return Failure.Status.usage.rawValue
        } catch let failure as Failure {
            if !failure.isSilent { write("\(syntax.name): \(failure)\n", to: STDERR_FILENO) }
            return failure.status.rawValue
        } catch {
            write("\(syntax.name): \(error)\n", to: STDERR_FILENO)
            return Failure.Status.failed.rawValue
        }
    }
}
