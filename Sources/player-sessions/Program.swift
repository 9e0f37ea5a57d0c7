import Arguments
import Foundation
import Logging
import PlayerSessions
import Text

let programVersion = "1.0.0"

/// The program: its commands, and the only place that prints errors and exits.
@main
enum Program {
    static let commands: [any Subcommand] = [
        ServeCommand(), ImportCommand(openStore: App.openStore), CopyCommand(openStore: App.openStore),
        SchemaCommand(), RebuildCommand(), GenerateCommand(), CountCommand(), TopCommand(),
        CheckConfigCommand(),
    ]

    static let syntax = ProgramSyntax(
        "player-sessions",
        summary: "Stores the sessions of players and answers questions about them.",
        commands: commands.map(\.syntax),
        exitStatuses: [
            (0, "success"), (1, "failure; of import also: a line was not valid"), (2, "wrong usage"),
            (130, "an import, a copy or a rebuild was stopped by a signal, or a service by a second one"),
        ]
    )

    /// The entry point; not `async`, because the runtime opens files of its own before an `async` function begins.
    static func main() {
        StandardDescriptors.occupy()
        ProcessLimits.raiseOpenFiles()
        do {
            // A task would wait for its thread forever, without a message.
            try ProcessLimits.checkThreads(4)
        } catch {
            write("\(syntax.name): \(error)\n", to: STDERR_FILENO)
            exit(Failure.Status.failed.rawValue)
        }
        Task.detached { exit(await status(of: Array(CommandLine.arguments.dropFirst()))) }
        dispatchMain()
    }

    /// Runs the command that the arguments name and returns the exit status.
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
            return tell("\(error)", status: .usage, arguments)
        } catch let failure as Failure {
            return failure.isSilent
                ? failure.status.rawValue : tell(failure.description, status: failure.status, arguments)
        } catch {
            return tell("\(error)", status: .failed, arguments)
        }
    }

    /// Reports why the program ends, as the last line of its log if that is JSON, for programs that read it.
    private static func tell(_ error: String, status: Failure.Status, _ arguments: [String]) -> Int32 {
        let error = hidingPasswords(inMessage: error)
        if arguments.first == "serve", ServeCommand.logFormat(arguments) == .json {
            Logger.standardError(format: .json, minimumLevel: .error)
                .log(.error, "failed", ["error": error, "status": Int(status.rawValue)])
        } else {
            printError("\(syntax.name): \(error)")
        }
        return status.rawValue
    }
}
