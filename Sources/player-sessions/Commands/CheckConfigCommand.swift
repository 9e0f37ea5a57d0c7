import Arguments
import Configuration

/// `check-config`: shows the effective configuration and where each value came from.
struct CheckConfigCommand: Subcommand {
    let syntax = CommandSyntax(
        "check-config",
        summary: "shows the effective configuration and where each value came from",
        description: [
            "Reads what 'serve' would read with the same arguments: flags beat environment variables, which beat the "
                + "file, which beats the defaults. Passwords are not shown."
        ],
        options: ConfigurationOptions.all,
        examples: [("player-sessions check-config --config players.json5", "checks a file before a restart")],
        exitStatuses: [
            (0, "'serve' would take it"), (1, "a file or a variable is wrong"),
            (2, "wrong usage, or a flag is wrong"),
        ]
    )

    func run(_ arguments: ParsedArguments) throws {
        let configuration = try ConfigurationOptions.load(arguments, command: syntax.name, logsIn: true)
        for warning in PasswordWarnings.of(configuration) { PasswordWarnings.tell(warning) }
        var table = Table([("KEY", .left), ("VALUE", .left), ("SOURCE", .left)])
        for entry in configuration.entries {
            table.add([entry.key, entry.value, "\(entry.source)"])
        }
        try printText(table.text)
    }
}
