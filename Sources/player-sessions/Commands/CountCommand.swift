import Arguments
import Glibc
import PlayerSessions
import Text

/// `count`: asks a running service how many sessions started.
struct CountCommand: Subcommand {
    private static let hours = Option<HourCount?>.optional(
        "hours",
        .hours,
        shown: "24",
        help: "how long the window is, such as 24 or 0.5; the same as HOURS"
    )
    private static let until = Option<Timestamp?>.optional(
        "until",
        .timestamp,
        shown: "now",
        help: "the end of the window"
    )
    private static let country = Option<CountryCode?>.optional(
        "country",
        .country,
        help: "count this country alone"
    )
    static let json = Option.flag("json", help: "print the service's answer as it is")

    let syntax = CommandSyntax(
        "count",
        summary: "counts the sessions that started in the last hours, by country",
        positional: .init(
            "HOURS",
            isRequired: false,
            help: "how long the window is, such as 24 or 0.5 [default 24]"
        ),
        options: [hours.syntax, until.syntax, country.syntax] + ServiceAddress.options + [json.syntax],
        examples: [
            ("player-sessions count", "the last day, by country"),
            (
                "player-sessions count --hours 1 --until 2016-12-02T13:00:00Z --country FI",
                "one hour of one country"
            ),
        ]
    )

    private struct Answer: Decodable {
        var from: String
        var until: String
        var total: Int
        var count: [String: Int]
    }

    func run(_ arguments: ParsedArguments) throws {
        var parameters: [(name: String, value: String)] = [("num_of_hours", try hours(arguments))]
        if let until = arguments[CountCommand.until] { parameters.append(("until", until.description)) }
        if let country = arguments[CountCommand.country] {
            parameters.append(("country", country.description))
        }
        let client = try ServiceClient(ServiceAddress.find(arguments, command: syntax.name))
        let body = try client.body("/queryevents/count", parameters)
        if arguments[CountCommand.json] {
            try printBody(body)
        } else {
            let answer = try client.decode(Answer.self, body)
            try printText(
                """
                \(CountCommand.table(answer.count, total: answer.total))
                \(grouped(answer.total)) sessions started after \(excerpt(answer.from)), until \(excerpt(answer.until))

                """
            )
        }
    }

    /// Returns the length of the window, given as HOURS or as `--hours`.
    private func hours(_ arguments: ParsedArguments) throws(UsageError) -> String {
        guard let text = arguments.positionals.first else {
            return arguments[CountCommand.hours]?.description ?? "24"
        }
        guard !arguments.contains(CountCommand.hours) else {
            throw UsageError(command: syntax.name, "HOURS and --hours are the same; give one")
        }
        do { return try ValueFormat<HourCount>.hours.read(text).description } catch {
            throw UsageError(command: syntax.name, "HOURS \(quoted(text)): \(error.reason)")
        }
    }

    /// Formats the counts in descending order, then by country, as the service sorts them.
    static func table(_ counts: [String: Int], total: Int) -> String {
        var table = Table([("COUNTRY", .left), ("SESSIONS", .right), ("SHARE", .right)])
        for (country, count) in counts.sorted(by: {
            $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value
        }) {
            let share = total > 0 ? Double(count) * 100 / Double(total) : 0
            table.add([country, grouped(count), "\(decimal(share, digits: 1))%"])
        }
        return table.text
    }
}
