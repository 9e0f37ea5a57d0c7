import Arguments
import Glibc
import PlayerSessions

/// `generate`: writes realistic events.
struct GenerateCommand: Subcommand {
    private static let players = Option(
        "players",
        .integer(in: 1...EventGenerator.maximumPlayers),
        default: 1_000,
        help: "how many players there are"
    )
    private static let hours = Option<HourCount?>.optional(
        "hours",
        .hours,
        shown: "24",
        help: "how long the time is in which sessions start"
    )
    private static let sessions = Option(
        "sessions",
        .integer(in: 0...EventGenerator.maximumSessions),
        default: 10_000,
        help: "how many sessions start"
    )
    private static let seed = Option(
        "seed",
        .integer(in: 0...Int.max),
        default: 1,
        help: "the random seed; the same seed and --until make the same events"
    )
    private static let until = Option<Timestamp?>.optional(
        "until",
        .timestamp,
        shown: "now",
        help: "the end of that time; no event is later"
    )
    private static let output = Option<String?>.optional(
        "output",
        .text("FILE"),
        shown: "standard output",
        help: "where to write; what the file held is lost"
    )

    let syntax = CommandSyntax(
        "generate",
        summary: "writes realistic events, one JSON object a line",
        description: [
            "Few players play much and many little; each lives in one of 52 countries and plays mostly in the "
                + "evening there. Events come in order of time. Sessions that are still running at the end have no "
                + "end event, nor does one of a hundred others. The same arguments with the same --until give the "
                + "same bytes."
        ],
        options: [players.syntax, hours.syntax, sessions.syntax, seed.syntax, until.syntax, output.syntax],
        examples: [
            ("player-sessions generate | player-sessions import -", "fills a running service"),
            (
                "player-sessions generate --sessions 5000000 --players 200000 | zstd > events.zst",
                "makes a large file"
            ),
        ]
    )

    func run(_ arguments: ParsedArguments) throws {
        let until = arguments[GenerateCommand.until] ?? WallClock.system.now
        guard let hours = arguments[GenerateCommand.hours] ?? HourCount.day else { return }
        let window = TrailingWindow(hours, until: until)
        guard window.from >= Timestamp.earliest else {
            throw UsageError(command: "generate", "--hours \(hours): reaches back before 1970")
        }
        let plan = EventGenerator.Plan(
            players: arguments[GenerateCommand.players],
            sessions: arguments[GenerateCommand.sessions],
            seed: UInt64(arguments[GenerateCommand.seed]),
            window: window
        )
        let path = arguments[GenerateCommand.output].flatMap { $0 == "-" ? nil : $0 }
        let descriptor = try path.map(createFile) ?? STDOUT_FILENO
        do {
            try GenerateCommand.write(plan, to: descriptor)
            // Some file systems report a full disk only when the file is closed.
            if path != nil, close(descriptor) != 0 { throw SystemError.last }
        } catch let error as SystemError {
            throw Failure("\(path ?? "standard output"): cannot be written: \(error)")
        }
    }

    /// Generates the events and writes them in pieces of about 1 MiB.
    static func write(_ plan: EventGenerator.Plan, to descriptor: Int32) throws(SystemError) {
        let flushBytes = 1 << 20
        var generator = EventGenerator(plan)
        var writer = EventWriter(generator.players, generator.countries)
        try generator.run { (events) throws(SystemError) in
            for event in events {
                writer.write(event)
                if writer.bytes.count >= flushBytes {
                    try writeAll(writer.bytes, to: descriptor)
                    writer.removeAll()
                }
            }
        }
        try writeAll(writer.bytes, to: descriptor)
    }
}

/// Creates or truncates a file and returns its descriptor, open for writing.
func createFile(_ path: String) throws(Failure) -> Int32 {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Failure("\(path): cannot be written: \(SystemError.last)") }
    return descriptor
}
