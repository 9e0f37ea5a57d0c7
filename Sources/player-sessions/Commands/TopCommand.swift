import Arguments
import PlayerSessions
import Text

/// `top`: asks a running service for a player's latest complete sessions.
struct TopCommand: Subcommand {
    private static let limit = Option(
        "n",
        .integer(in: 1...maximumSessionsPerResponse),
        default: 20,
        help: "how many sessions at most"
    )

    let syntax = CommandSyntax(
        "top",
        summary: "shows a player's last complete sessions, latest end first",
        positional: .init("PLAYER", help: "the player's id, as events have it"),
        options: [limit.syntax] + ServiceAddress.options + [CountCommand.json.syntax],
        examples: [
            ("player-sessions top 0a2d12a1a7e145de8bae44c0c6e06629 -n 5", "the last five sessions")
        ]
    )

    private struct Answer: Decodable {
        struct Row: Decodable {
            var session_id: String
            var country: String
            var start: String
            var end: String
            var duration_seconds: Double
        }

        var sessions: [Row]
    }

    func run(_ arguments: ParsedArguments) throws {
        let player = arguments.positionals[0]
        do { _ = try Identifier(player) } catch {
            throw UsageError(command: "top", "PLAYER \(quoted(player, mayHoldPassword: false)): \(error)")
        }
        let client = try ServiceClient(ServiceAddress.find(arguments, command: syntax.name))
        let body = try client.body(
            "/queryevents/topn",
            [("player_id", player), ("n", String(arguments[TopCommand.limit]))]
        )
        guard !arguments[CountCommand.json] else { return try printBody(body) }
        let answer = try client.decode(Answer.self, body)
        guard !answer.sessions.isEmpty else {
            return try printText("no complete sessions of \(quoted(player, mayHoldPassword: false))\n")
        }
        var table = Table([
            ("SESSION", .left), ("COUNTRY", .left), ("START", .left), ("END", .left), ("DURATION", .right),
        ])
        for row in answer.sessions {
            let duration = shortDuration(seconds: row.duration_seconds)
            table.add([row.session_id, row.country, row.start, row.end, duration])
        }
        try printText(table.text)
    }
}
