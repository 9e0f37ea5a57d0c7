import Arguments
import Configuration

/// `serve`: runs the service.
struct ServeCommand: Subcommand {
    let syntax = CommandSyntax(
        "serve",
        summary: "runs the service",
        description: [
            "Every key of the configuration can stand in a JSON5 file, and in the environment as "
                + "\(Configuration.variablePrefix)KEY in upper case; the common ones are flags. Flags beat the "
                + "environment, which beats the file. SIGTERM and SIGINT stop the service without losing what it took."
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
        ]
    )

    func run(_ arguments: ParsedArguments) async throws {
        try await App.run(configuration: try ConfigurationOptions.load(arguments, command: syntax.name))
    }
}
