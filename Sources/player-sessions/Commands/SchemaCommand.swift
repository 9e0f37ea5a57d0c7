import Arguments
import CassandraStore
import Configuration
import Logging
import PlayerSessions
import Text

/// `schema`: creates the keyspace of a store on Cassandra, or prints the CQL that does.
struct SchemaCommand: Subcommand {
    private static let replication = Option<String?>.optional(
        "replication",
        .text("COPIES"),
        help: "how often each row is kept, as in 3 or dc1:3,dc2:3, in place of what the address says"
    )
    private static let isPrinted = Option.flag(
        "print",
        help: "prints the CQL and changes nothing; no cluster is asked"
    )

    let syntax = CommandSyntax(
        "schema",
        summary: "makes the keyspace and the tables of a store on Apache Cassandra",
        description: [
            "Makes what is missing and checks what is there; running it again changes nothing. 'serve' does the same on an "
                + "empty keyspace, so this is for those who make it beforehand, or whose service may not.",
            "--replication applies when the keyspace is made. To change it later, use ALTER KEYSPACE and then run "
                + "nodetool repair.",
        ],
        options: ConfigurationOptions.only(["store"]) + [replication.syntax, isPrinted.syntax],
        examples: [
            (
                "player-sessions schema --store cassandra://10.0.0.1,10.0.0.2/players --replication 3",
                "makes the keyspace players, each row on three nodes"
            ),
            (
                "player-sessions schema --store cassandra://10.0.0.1/players --replication dc1:3,dc2:3 --print",
                "shows the statements for an administrator to run"
            ),
        ]
    )

    func run(_ arguments: ParsedArguments) async throws {
        let configuration = try ConfigurationOptions.load(
            arguments,
            command: syntax.name,
            logsIn: !arguments[SchemaCommand.isPrinted]
        )
        guard case .cassandra(var location) = configuration.store else {
            throw UsageError(
                command: syntax.name,
                "the store \(configuration.store) needs no schema; write --store cassandra://HOST/KEYSPACE"
            )
        }
        if let text = arguments[SchemaCommand.replication] {
            do throws(ConfigurationError) {
                location = try location.replicated(text, source: .flag("--replication"))
            } catch {
                throw UsageError(command: syntax.name, "--replication \(quoted(text)): \(error.reason)")
            }
        }
        let address = ClusterAddress(location)
        if arguments[SchemaCommand.isPrinted] {
            return try printText(CassandraStore.schema(address))
        }
        for warning in PasswordWarnings.of(configuration) { PasswordWarnings.tell(warning) }
        let logger = Logger.standardError(format: .text, minimumLevel: .warning)
        let made = try await CassandraStore.makeKeyspace(
            address,
            startPatience: .seconds(configuration.clusterStartSeconds),
            logger: logger
        )
        let lines = made.isEmpty ? ["the keyspace \(location.keyspace) was there"] : made.map { "made \($0)" }
        try printText(lines.map { $0 + "\n" }.joined())
    }
}
