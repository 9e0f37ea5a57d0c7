import CassandraStore
import Configuration
import HTTPServer
import Logging
import Metrics
import PlayerSessions
import RocksDBStore
import SessionService

/// The service type, under a name that its module does not share.
typealias AppService = SessionService

extension App {
    /// Builds the service that a configuration describes; `onFailure` is called if its store fails later.
    static func build(
        _ configuration: Configuration,
        logger: Logger,
        onFailure: @escaping @Sendable (SessionStoreError) -> Void
    ) async throws -> App {
        let metrics = MetricsRegistry()
        let resources = try ServiceResources(configuration)
        resources.report(to: logger)
        let serverConfiguration = makeServerConfiguration(configuration, resources)
        // Reserve the address first: opening the store creates a directory and may take a while. Nothing listens until
        // the store is open.
        let address = try ReservedAddress(serverConfiguration)
        let store = try await openStore(
            configuration,
            makesMissing: true,
            hasClients: true,
            descriptors: resources.descriptors.store,
            metrics: metrics,
            logger: logger,
            onFailure: onFailure
        )
        let service = AppService(
            store: store,
            limits: ServiceLimits(
                maximumBatchEvents: configuration.maxBatchEvents,
                maximumBodyBytes: configuration.maxBodyBytes,
                maximumClockSkew: Int64(configuration.maxClockSkewSeconds) * Microseconds.perSecond
            ),
            access: makeWebAccess(configuration),
            retention: Retention(days: configuration.retentionDays),
            clock: .system,
            retrySeed: .random(in: .min ... .max),
            metrics: metrics,
            logger: logger,
            build: BuildInformation(version: programVersion)
        )
        do throws(HTTPServerError) {
            let server = try HTTPServer(
                serverConfiguration,
                at: address,
                renderFault: service.renderFault,
                observe: service.observe,
                makeHandler: service.makeHandler
            )
            service.listens(onLoopback: server.isLoopback)
            service.showConnections(maximum: resources.descriptors.connections) { [weak server] in
                server?.connections ?? 0
            }
            service.showBufferedBytes { [weak server] in server?.bufferedBytes ?? 0 }
            return App(
                store: store,
                service: service,
                server: server,
                logger: logger,
                shutdownGrace: .seconds(configuration.shutdownGraceSeconds)
            )
        } catch {
            await store.close()
            throw error
        }
    }

    /// Opens the configured store for a command that serves no clients.
    ///
    /// `descriptors` is the number of files an embedded store may have open.
    static func openStore(
        _ configuration: Configuration,
        makesMissing: Bool,
        descriptors: Int
    ) async throws(SessionStoreError) -> any SessionStore {
        // A cluster logs warnings that its operators must see; the embedded store throws if something is wrong.
        let isEmbedded = if case .rocksdb = configuration.store { true } else { false }
        return try await Interruption.cancelling { () async throws(SessionStoreError) in
            try await openStore(
                configuration,
                makesMissing: makesMissing,
                hasClients: false,
                descriptors: descriptors,
                metrics: MetricsRegistry(),
                logger: isEmbedded ? .silent : .standardError(format: .text, minimumLevel: .warning),
                onFailure: { _ in }
            )
        }
    }

    private static func openStore(
        _ configuration: Configuration,
        makesMissing: Bool,
        hasClients: Bool,
        descriptors: Int,
        metrics: MetricsRegistry,
        logger: Logger,
        onFailure: @escaping @Sendable (SessionStoreError) -> Void
    ) async throws(SessionStoreError) -> any SessionStore {
        switch configuration.store {
        case .rocksdb(let path):
            let memory = MemoryBudget.ofProcess
            try memory.check(
                hotSessions: configuration.hotSessions,
                megabytes: configuration.blockCacheMegabytes
            )
            var options = RocksDBStore.Options(
                path: path,
                retention: Retention(days: configuration.retentionDays),
                hotSessions: configuration.hotSessions,
                blockCacheBytes: memory.cacheBytes(megabytes: configuration.blockCacheMegabytes),
                maximumQueuedEvents: configuration.maxQueuedEvents,
                onFailure: onFailure
            )
            options.makesMissing = makesMissing
            options.maximumDescriptors = descriptors
            return try RocksDBStore(options, metrics: metrics, logger: logger)
        case .cassandra(let location):
            for warning in PasswordWarnings.of(configuration) { logger.log(.warning, warning) }
            var options = CassandraStore.Options()
            options.retention = Retention(days: configuration.retentionDays)
            options.batchTime = hasClients ? .ofClients : nil
            options.startPatience = .seconds(configuration.clusterStartSeconds)
            options.maximumClockSkew = Int64(configuration.maxClockSkewSeconds) * Microseconds.perSecond
            // Events on a cluster wait for the network, not for a disk: more in flight would only wait longer.
            options.maximumEventsInFlight = min(
                options.maximumEventsInFlight,
                configuration.maxQueuedEvents
            )
            return try await CassandraStore.open(
                ClusterAddress(location),
                options: options,
                makesMissing: makesMissing,
                metrics: metrics,
                logger: logger
            )
        }
    }

    static func makeLogger(_ configuration: Configuration) -> Logger {
        let level: Logger.Level =
            switch configuration.logLevel {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        return .standardError(format: configuration.logFormat == .json ? .json : .text, minimumLevel: level)
    }

    private static func makeWebAccess(_ configuration: Configuration) -> WebAccess {
        WebAccess(
            origins: configuration.allowedOrigins.origins,
            allowsAnyOrigin: configuration.allowedOrigins.allowsAny,
            hosts: configuration.allowedHosts.hosts,
            allowsAnyHost: configuration.allowedHosts.allowsAny,
            listenHost: configuration.listen.host
        )
    }

    private static func makeServerConfiguration(
        _ configuration: Configuration,
        _ resources: ServiceResources
    ) -> HTTPServerConfiguration {
        HTTPServerConfiguration(
            host: configuration.listen.host,
            port: configuration.listen.port,
            loops: resources.loops,
            maximumConnections: resources.descriptors.connections,
            maximumConnectionsPerAddress: resources.connectionsPerAddress,
            maximumReservedConnections: resources.descriptors.reserve,
            maximumBufferedBytes: configuration.maxBufferedMegabytes << 20,
            headDeadline: .seconds(configuration.headTimeoutSeconds),
            bodyDeadline: .seconds(configuration.bodyTimeoutSeconds),
            responseDeadline: .seconds(configuration.answerTimeoutSeconds),
            idleTimeout: .seconds(configuration.idleTimeoutSeconds)
        )
    }
}
