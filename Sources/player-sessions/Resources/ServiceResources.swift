import Configuration
import Glibc
import HTTPServer
import Logging

/// What a service may take of the system, worked out before anything of it is started.
struct ServiceResources {
    /// Threads beside the loops: ten of the store, five of RocksDB, four for look-ups of names, one for signals, one
    /// that closes the store, and a few to spare.
    private static let otherThreads = 26

    let loops: Int
    let descriptors: DescriptorBudget
    private let configuration: Configuration
    private let openFiles: Int

    /// Raises and reads the limits; throws where the service cannot work within them.
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
        // Tasks run on a thread for each processor.
        try ProcessLimits.checkThreads(loops + processors + ServiceResources.otherThreads)
    }

    /// The most connections of one address.
    var connectionsPerAddress: Int {
        descriptors.connectionsPerAddress(configured: configuration.maxConnectionsPerAddress)
    }

    /// Says where the service gets less than it is configured for.
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
