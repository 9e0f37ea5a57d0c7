import Arguments
import Configuration
import Foundation
import Logging

/// `serve`: runs the service.
struct ServeCommand: Subcommand {
    let syntax = CommandSyntax(
        "serve",
        summary: "runs the service",
        description: [
            "Every key of the configuration can stand in a JSON5 file, and in the environment as "
                + "\(Configuration.variablePrefix)KEY in upper case; the common ones are flags. Flags beat the "
                + "environment, which beats the file. SIGTERM and SIGINT stop the service without losing what it took; a "
                + "second one, over a second later, ends it at once. SIGHUP is ignored."
        ],
        options: ConfigurationOptions.all,
        examples: [
            (
                "player-sessions serve",
                "listens on 127.0.0.1:5000 and keeps its data in the current directory"
            ),
            (
                "player-sessions serve --listen 0.0.0.0:8080 --store rocksdb:/var/lib/player-sessions",
                "listens on every address"
            ),
            (
                "player-sessions serve --store "
                    + "'cassandra://players@10.0.0.1/players?password_file=/etc/player-sessions/password&tls=true'",
                "stores on a cluster, the password in a file"
            ),
        ],
        exitStatuses: [
            (0, "stopped by SIGTERM or SIGINT, all that was acknowledged stored"),
            (1, "the service could not start, or its store failed"), (2, "wrong usage"),
            (130, "a second SIGINT ended it at once; 143 a second SIGTERM"),
        ]
    )

    func run(_ arguments: ParsedArguments) async throws {
        try await App.run(
            configuration: try ConfigurationOptions.load(arguments, command: syntax.name, logsIn: true)
        )
    }

    /// Returns the log format that these arguments ask for, even if other arguments are wrong.
    static func logFormat(_ arguments: [String]) -> Logger.Format {
        func value(_ flag: String) -> String? {
            for (index, argument) in arguments.enumerated() {
                if argument.hasPrefix(flag + "=") { return String(argument.dropFirst(flag.count + 1)) }
                if argument == flag, index + 1 < arguments.count { return arguments[index + 1] }
            }
            return nil
        }
        let format = Configuration.logFormat(
            file: value("--config"),
            environment: ProcessInfo.processInfo.environment,
            flag: value("--log-format")
        )
        return format == .json ? .json : .text
    }
}
