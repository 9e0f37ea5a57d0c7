import Arguments
import Configuration
import Glibc
import PlayerSessions

/// `import`: puts files of events into a running service, or straight into a store.
struct ImportCommand: Subcommand {
    /// Opens the store of a configuration.
    let openStore: @Sendable (Configuration) async throws(SessionStoreError) -> any SessionStore

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
        help: "how long a batch that fails is tried again"
    )
    private static let rejects = Option<String?>.optional(
        "rejects",
        .text("FILE"),
        help: "keep the lines that are not valid in this file; what it held is lost"
    )
    private static let storeFlags = ["store", "retention_days"]

    let syntax = CommandSyntax(
        "import",
        summary: "puts files of events into a running service, or into a store",
        description: [
            "Lines that are not valid are reported with their file and line number, the rest goes in, and the exit "
                + "status is 1. Running it again changes nothing, whatever went in before.",
            "Without --store, the lines go to the running service at --url. With it, they go straight into a store "
                + "that no service has open; --config, --store and --retention-days should be those of 'serve'.",
        ],
        positional: .init(
            "FILE",
            isRepeatable: true,
            help: "lines as they are, or packed by gzip, bzip2 or zstd; - is standard input"
        ),
        options: [ServiceAddress.option.syntax, connections.syntax, patience.syntax, rejects.syntax]
            + ConfigurationOptions.only(storeFlags),
        examples: [
            ("player-sessions import assignment_data.jsonl.bz2", "fills the service on this machine"),
            ("player-sessions import --store rocksdb:./data *.zst", "fills a store, at the highest speed"),
            ("zcat old/*.gz | player-sessions import - --rejects bad.jsonl", "keeps what is not valid"),
        ]
    )

    init(
        openStore: @escaping @Sendable (Configuration) async throws(SessionStoreError) -> any SessionStore
    ) {
        self.openStore = openStore
    }

    func run(_ arguments: ParsedArguments) async throws {
        try check(arguments)
        let configuration = try ConfigurationOptions.load(arguments, command: syntax.name)
        let files = try arguments.positionals.map { path throws(Failure) in try ImportFile(path) }
        if files.count(where: \.isStandardInput) > 1 {
            throw UsageError(command: syntax.name, "- is given twice")
        }
        let rejectsPath = arguments[ImportCommand.rejects]
        let rejects = try rejectsPath.map { path throws(Failure) in try openRejects(path, besides: files) }
        let report = ImportReport(Console(), rejects: rejects, rejectsPath: rejectsPath ?? "")
        let policy = RetryPolicy(patience: arguments[ImportCommand.patience])
        Interruption.observe()
        if arguments.texts["store"] == nil {
            let address = arguments[ServiceAddress.option]
            let target = try ServiceTarget(
                address,
                connections: arguments[ImportCommand.connections],
                limits: try LimitsQuestion(address: address, policy: policy).ask(),
                policy: policy,
                report: report
            )
            try finish(
                report,
                Result { () throws(Failure) in try Importer(into: target, report: report).run(files) }
            )
        } else {
            try await fillStore(configuration, files, policy, report)
        }
    }

    private func check(_ arguments: ParsedArguments) throws(UsageError) {
        let isStore = arguments.texts["store"] != nil
        if isStore, arguments.contains(ServiceAddress.option) {
            throw UsageError(command: syntax.name, "--url and --store are two targets; give one")
        }
        if isStore, arguments.contains(ImportCommand.connections) {
            throw UsageError(command: syntax.name, "--connections goes with --url, not with --store")
        }
        for flag in ["retention-days", "config"] where !isStore && arguments.texts[flag] != nil {
            throw UsageError(command: syntax.name, "--\(flag) goes with --store; a service has its own")
        }
    }

    private func fillStore(
        _ configuration: Configuration,
        _ files: [ImportFile],
        _ policy: RetryPolicy,
        _ report: ImportReport
    ) async throws {
        let store: any SessionStore
        do {
            store = try await openStore(configuration)
        } catch {
            var error = error
            let hint = "what a running service holds is filled through it: --url in place of --store"
            error.hint = (error.hint.map { "\($0); " } ?? "") + hint
            throw Failure(error.description)
        }
        let target = StoreTarget(
            store,
            retention: Retention(days: configuration.retentionDays),
            maximumClockSkewSeconds: configuration.maxClockSkewSeconds,
            clock: .system,
            policy: policy,
            report: report
        )
        let result = Result { () throws(Failure) in try Importer(into: target, report: report).run(files) }
        await store.close()
        try finish(report, result)
    }

    /// Says how far it came, and fails where not everything went in.
    private func finish(_ report: ImportReport, _ result: Result<Void, Failure>) throws(Failure) {
        report.finish()
        switch result {
        case .failure(let failure):
            throw Failure("\(failure.description); running the import again changes nothing that went in")
        case .success where Interruption.isRequested:
            report.say("stopped; running the import again changes nothing that went in")
            throw .reported(.interrupted)
        case .success where report.tally.rejected > 0: throw .reported()
        case .success: break
        }
    }

    /// Makes the file for invalid lines, which must not be one that is read.
    private func openRejects(_ path: String, besides files: [ImportFile]) throws(Failure) -> Int32 {
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            files.contains(where: { $0.identity == [UInt64(status.st_dev), UInt64(status.st_ino)] })
        {
            throw Failure("--rejects \(quoted(path)): is one of the files to import")
        }
        return try createFile(path)
    }
}
