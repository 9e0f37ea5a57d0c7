import Arguments
import Configuration
import Glibc
import PlayerSessions
import Text

/// `import`: imports files of events into a running service or directly into a store.
struct ImportCommand: Subcommand {
    let openStore: StoreOpener

    private static let connections = Option(
        "connections",
        .integer(in: 1...1_000),
        default: 64,
        help: "how many requests are in flight at a time; with --url"
    )
    private static let patience = Option(
        "retry-seconds",
        .duration(inSeconds: 0...86_400),
        default: .seconds(60),
        shown: "60",
        help: "give up after this long without a stored batch, or without reaching the service"
    )
    private static let rejects = Option<String?>.optional(
        "rejects",
        .text("FILE"),
        help: "keep the lines that are not valid in this file, or - for standard output; what it held is lost"
    )
    private static let storeFlags = ["store", "retention_days"]

    let syntax = CommandSyntax(
        "import",
        summary: "puts files of events into a running service, or into a store",
        description: [
            "Lines that are not valid are reported with their file and line number, the rest goes in, and the exit "
                + "status is 1. Running it again changes nothing, whatever went in before.",
            "Without --store, the lines go to a running service, which is waited for. With it, they go straight into a "
                + "store that no service has open; --config, --store and --retention-days should be those of 'serve'.",
        ],
        positional: .init(
            "FILE",
            isRepeatable: true,
            help: "lines as they are, or packed by gzip, bzip2 or zstd; - is standard input"
        ),
        options: [ServiceAddress.option.syntax, connections.syntax, patience.syntax, rejects.syntax]
            + ConfigurationOptions.only(
                storeFlags,
                otherDefaults: ["store": "none: the running service", "retention_days": "0, with --store"]
            ),
        examples: [
            ("player-sessions import events.jsonl.bz2", "fills the service on this machine"),
            ("player-sessions import --store rocksdb:./data *.zst", "fills a store, at the highest speed"),
            ("zcat old/*.gz | player-sessions import - --rejects bad.jsonl", "keeps what is not valid"),
        ],
        exitStatuses: [
            (0, "all lines are stored"), (1, "not all lines are stored, or some are not valid"),
            (2, "wrong usage"), (130, "stopped by a signal"),
        ]
    )

    init(openStore: @escaping StoreOpener) {
        self.openStore = openStore
    }

    func run(_ arguments: ParsedArguments) async throws {
        try check(arguments)
        let isStore = arguments.texts["store"] != nil
        let configuration =
            isStore
            ? try ConfigurationOptions.load(arguments, command: syntax.name, logsIn: true) : Configuration()
        let address =
            isStore ? ServiceAddress.standard : try ServiceAddress.find(arguments, command: syntax.name)
        let files = try ImportFile.all(arguments.positionals)
        if files.count(where: \.isStandardInput) > 1 {
            throw UsageError(command: syntax.name, "- is given twice")
        }
        let rejectsPath = arguments[ImportCommand.rejects]
        let job = ImportJob(
            files: files,
            rejects: try rejectsPath.map { path throws(Failure) in try openRejects(path, besides: files) },
            rejectsPath: rejectsPath ?? ""
        )
        let policy = RetryPolicy(patience: arguments[ImportCommand.patience])
        let start = ContinuousClock.now
        ignoreBrokenPipes()
        Interruption.observe()
        let outcome =
            isStore
            ? try await fillStore(configuration, job, policy)
            : try await fillService(
                address,
                connections: arguments[ImportCommand.connections],
                job,
                policy
            )
        try finish(outcome, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func check(_ arguments: ParsedArguments) throws(UsageError) {
        let isStore = arguments.texts["store"] != nil
        if isStore, arguments.contains(ServiceAddress.option) {
            throw UsageError(command: syntax.name, "--url and --store are two targets; give one")
        }
        if isStore, arguments.contains(ImportCommand.connections) {
            throw UsageError(command: syntax.name, "--connections goes with --url, not with --store")
        }
        if !isStore, arguments.texts["retention-days"] != nil {
            throw UsageError(
                command: syntax.name,
                "--retention-days goes with --store; a service has its own"
            )
        }
    }

    private func fillService(
        _ address: ServiceAddress,
        connections: Int,
        _ job: ImportJob,
        _ policy: RetryPolicy
    ) async throws -> ImportJob.Outcome {
        let question = LimitsQuestion(address: address, policy: policy)
        let limits = try await onOwnThread { Result { () throws(Failure) in try question.ask() } }.get()
        return await job.run { (report) throws(Failure) in
            try ServiceTarget(
                address,
                connections: connections,
                limits: limits,
                policy: policy,
                report: report
            )
        }
    }

    private func fillStore(
        _ configuration: Configuration,
        _ job: ImportJob,
        _ policy: RetryPolicy
    ) async throws -> ImportJob.Outcome {
        let store = try await open(
            openStore,
            configuration,
            makesMissing: true,
            descriptors: try StoreDescriptors.share(among: [configuration])
        )
        let outcome = await job.run { report in
            StoreTarget(
                store,
                retention: Retention(days: configuration.retentionDays),
                maximumClockSkewSeconds: configuration.maxClockSkewSeconds,
                clock: .system,
                policy: policy,
                report: report
            )
        }
        await store.close()
        return outcome
    }

    /// Prints the summary, and throws if not everything was imported.
    private func finish(_ outcome: ImportJob.Outcome, seconds: Double) throws(Failure) {
        let again = "running the import again changes nothing that went in"
        printError(outcome.tally.summary(seconds: seconds))
        if let failure = outcome.failure { throw Failure("\(failure.description); \(again)") }
        if Interruption.isRequested {
            printError("stopped; \(again)")
            throw .reported(.interrupted)
        }
        if outcome.tally.rejected > 0 || outcome.tally.failedFiles > 0 { throw .reported() }
    }

    /// Creates the file for invalid lines, which must not be one of the files to import.
    private func openRejects(_ path: String, besides files: [ImportFile]) throws(Failure) -> Int32 {
        if path == "-" { return STDOUT_FILENO }
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            files.contains(where: { $0.identity == [UInt64(status.st_dev), UInt64(status.st_ino)] })
        {
            throw Failure("--rejects \(quoted(path)): is one of the files to import")
        }
        return try createFile(path)
    }
}
