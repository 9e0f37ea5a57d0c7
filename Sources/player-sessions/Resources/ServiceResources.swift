import Configuration
import Glibc
import HTTPServer
import Logging

/// The system resources that a service may use, computed before anything is started.
struct ServiceResources {
    /// Threads besides the loops: ten of the store, five of RocksDB, four for name lookups, one for signals, one that
    /// closes the store, and a few spare.
    private static let otherThreads = 26

    let loops: Int
    let descriptors: DescriptorBudget
    private let configuration: Configuration
    private let openFiles: Int

    /// Raises and reads the limits; throws if the service cannot work within them.
    init(_ configuration: Configuration) throws(Failure) {
        self.configuration = configuration
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        loops = configuration.loops == 0 ? processors : configuration.loops
        ProcessLimits.raiseOpenFiles()
        let files = ProcessLimits.openFiles
        openFiles = files.limit
        let isEmbedded = if case .rocksdb = configuration.store { true } else { false }
        descriptors = try DescriptorBudget(
            DescriptorBudget.Request(
                limit: files.limit,
                open: files.open,
                loops: loops,
                isEmbedded: isEmbedded,
                connections: configuration.maxConnections
            )
        )
        // Swift's task pool has a thread for each processor.
        try ProcessLimits.checkThreads(loops + processors + ServiceResources.otherThreads)
    }

    /// The maximum number of connections per address.
    var connectionsPerAddress: Int {
        descriptors.connectionsPerAddress(configured: configuration.maxConnectionsPerAddress)
    }

    /// Logs a warning if the service gets fewer connections than configured.
    func report(to logger: Logger) {
        guard descriptors.connections < configuration.maxConnections else { return }
        logger.log(
            .warning,
            "fewer connections than max_connections",
            [
                "connections": "\(descriptors.connections)",
                "max_connections": "\(configuration.maxConnections)",
                "open_files": "\(openFiles)",
                "hint": "raise the hard limit of open files (ulimit -Hn, LimitNOFILE= of the unit), "
                    + "or lower max_connections",
            ]
        )
    }
}
