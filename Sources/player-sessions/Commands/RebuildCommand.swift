import Arguments
import CassandraStore
import Configuration
import Glibc
import Logging
import PlayerSessions
import Synchronization

/// `rebuild`: recomputes the sums of a store on Cassandra.
struct RebuildCommand: Subcommand {
    private static let isStopped = Option.flag(
        "stopped",
        help: "do not wait for the registrations of services; safe only if none has run for a minute"
    )
    private static let takesOver = Option.flag(
        "take-over",
        help:
            "moves the keyspace to the data centre and the consistency of the address; stop every service first, and "
            + "start them when it has run to its end"
    )

    let syntax = CommandSyntax(
        "rebuild",
        summary: "makes the sums of starts of a store on Apache Cassandra anew, from its flushed starts",
        description: [
            "Needed after tables were truncated or restored. Services may keep running: it waits 14 seconds for their "
                + "registrations to lapse, then sums month after month, and events that come meanwhile count. It can be "
                + "interrupted and run again.",
            "--config and --retention-days should be those of 'serve'.",
        ],
        options: ConfigurationOptions.only(["store", "retention_days"])
            + [isStopped.syntax, takesOver.syntax],
        examples: [
            (
                "player-sessions rebuild --store cassandra://10.0.0.1,10.0.0.2/players",
                "makes all sums of the keyspace players anew"
            )
        ],
        exitStatuses: [
            (0, "all sums are there"), (1, "not all sums are there"), (2, "wrong usage"),
            (130, "stopped by a signal"),
        ]
    )

    func run(_ arguments: ParsedArguments) async throws {
        let configuration = try ConfigurationOptions.load(arguments, command: syntax.name, logsIn: true)
        guard case .cassandra(let location) = configuration.store else {
            throw UsageError(
                command: syntax.name,
                "the store \(configuration.store) has no sums to rebuild; write --store cassandra://HOST/KEYSPACE"
            )
        }
        for warning in PasswordWarnings.of(configuration) { PasswordWarnings.tell(warning) }
        ignoreBrokenPipes()
        Interruption.observe()
        var options = CassandraStore.RebuildOptions()
        options.retention = Retention(days: configuration.retentionDays)
        options.waitsForLeases = !arguments[RebuildCommand.isStopped]
        options.takesOver = arguments[RebuildCommand.takesOver]
        let display = RebuildDisplay(takesOver: options.takesOver)
        let spans = try await CassandraStore.rebuild(
            ClusterAddress(location),
            options: options,
            logger: .standardError(format: .text, minimumLevel: .warning),
            isStopped: { Interruption.isRequested },
            report: display.show
        )
        display.finish(spans)
        if spans == nil { throw Failure.reported(.interrupted) }
    }
}

/// Shows the progress of a rebuild, reported by any of its tasks.
private final class RebuildDisplay: Sendable {
    private struct State {
        let console: Console
        var meter: ProgressMeter
    }

    private let state: Mutex<State>
    private let takesOver: Bool

    init(takesOver: Bool) {
        self.takesOver = takesOver
        let console = Console()
        state = Mutex(State(console: console, meter: ProgressMeter(console)))
    }

    @Sendable func show(_ progress: RebuildProgress) {
        state.withLock { state in
            state.meter.update { _ in
                switch progress {
                case .waiting(let seconds):
                    Progress(
                        share: nil,
                        words: ["waiting \(seconds) s for registrations of services to lapse"]
                    )
                case .scanning(let spans):
                    Progress(share: nil, words: ["\(grouped(spans)) spans of ten minutes with starts found"])
                case .summing(let done, let total):
                    Progress(
                        share: Double(done) / Double(max(total, 1)),
                        words: ["\(grouped(done)) of \(grouped(total)) spans of ten minutes summed"]
                    )
                }
            }
        }
    }

    func finish(_ spans: Int?) {
        state.withLock { state in
            state.meter.finish()
            let seconds = decimal(state.meter.seconds, digits: 1)
            state.console.message(
                spans.map { "\(grouped($0)) spans of ten minutes summed; \(seconds) s" }
                    ?? (takesOver
                        ? "stopped; services cannot use the keyspace until this command has run to its end"
                        : "stopped; running the command again starts over")
            )
        }
    }
}
