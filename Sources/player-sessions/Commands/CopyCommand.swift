import Arguments
import Configuration
import Foundation
import PlayerSessions
import Text

/// `copy`: copies everything one store remembers into another.
struct CopyCommand: Subcommand {
    let openStore: StoreOpener

    private static let from = Option<String>.required(
        "from",
        .text("STORE"),
        help: "the store to read, as --store of 'serve' takes it; it stays as it is"
    )
    private static let to = Option<String>.required(
        "to",
        .text("STORE"),
        help: "the store to fill; made where it is missing, and what it holds already stays"
    )
    private static let resume = Option<String?>.optional(
        "resume",
        .text("FILE"),
        help: "keeps in this file how far the copy came, and goes on from there; gone when all is copied"
    )
    private static let patience = Option(
        "retry-seconds",
        .duration(inSeconds: 0...86_400),
        default: .seconds(60),
        shown: "60",
        help: "how long it goes on where one of the stores has too much to do, or cannot be reached"
    )

    let syntax = CommandSyntax(
        "copy",
        summary: "copies all sessions from one store into another",
        description: [
            "How to move to another disk or machine: stop the service, copy, and start it on the other store. Copying "
                + "again changes nothing, so that it may be stopped and repeated at any time.",
            "--config and --retention-days should be those of 'serve'.",
        ],
        options: [from.syntax, to.syntax, resume.syntax, patience.syntax]
            + ConfigurationOptions.only(["retention_days"]),
        examples: [
            (
                "player-sessions copy --from rocksdb:./player-sessions-data --to rocksdb:/mnt/new/data "
                    + "--resume copy.json",
                "moves to another disk"
            )
        ],
        exitStatuses: [
            (0, "all is copied"), (1, "not all is copied"), (2, "wrong usage"), (130, "stopped by a signal"),
        ]
    )

    init(openStore: @escaping StoreOpener) {
        self.openStore = openStore
    }

    func run(_ arguments: ParsedArguments) async throws {
        let configuration = try ConfigurationOptions.load(arguments, command: syntax.name, logsIn: false)
        let source = try self.configuration(configuration, arguments[CopyCommand.from], "--from")
        let target = try self.configuration(configuration, arguments[CopyCommand.to], "--to")
        guard source.store != target.store else {
            throw UsageError(command: syntax.name, "--from and --to are the same store")
        }
        let names = (from: "\(source.store)", to: "\(target.store)")
        let file = arguments[CopyCommand.resume]
        let position = try file.flatMap { path throws(Failure) in
            try CopyPosition.read(path, from: names.from, to: names.to)
        }
        ignoreBrokenPipes()
        Interruption.observe()
        let policy = RetryPolicy(patience: arguments[CopyCommand.patience])
        let report = CopyReport(Console(), from: names.from, to: names.to, file: file)
        if position != nil { report.say("going on where the copy before ended") }
        let descriptors = try StoreDescriptors.share(among: [source, target])
        try await withStore(source, makesMissing: false, descriptors) { from in
            try await withStore(target, makesMissing: true, descriptors) { to in
                let copier = Copier(source: from, target: to, policy: policy, advanced: report.advance)
                do { try await copier.run(after: position) } catch { throw report.failure(error) }
            }
        }
        try report.finish()
    }

    private func withStore(
        _ configuration: Configuration,
        makesMissing: Bool,
        _ descriptors: Int,
        _ body: (any SessionStore) async throws -> Void
    ) async throws {
        let store = try await open(
            openStore,
            configuration,
            makesMissing: makesMissing,
            descriptors: descriptors
        )
        do {
            try await body(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// Returns the configuration with the store that a flag names and its password.
    private func configuration(
        _ configuration: Configuration,
        _ text: String,
        _ flag: String
    ) throws -> Configuration {
        do {
            return try configuration.with(
                store: StoreLocation(text, source: .flag(flag)),
                source: .flag(flag)
            )
            .withPassword(environment: ProcessInfo.processInfo.environment)
        } catch {
            throw UsageError(command: syntax.name, "\(flag) \(quoted(error.value ?? "")): \(error.reason)")
        }
    }
}
