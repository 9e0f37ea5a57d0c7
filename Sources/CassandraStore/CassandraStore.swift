import Logging
import Metrics
import PlayerSessions

/// Sessions on an Apache Cassandra cluster, shared by any number of service processes.
///
/// A batch is a task; its sessions are stored concurrently, each by the protocol of docs/decisions/0033, which lets a
/// session count once whatever fails. Besides requests, background tasks renew registrations, flush the log to the sums
/// and check the cluster's health.
public final class CassandraStore: SessionStore {
    /// The options of a store, beyond the address of its cluster.
    public struct Options: Sendable {
        /// How long sessions are kept.
        public var retention = Retention.forever
        /// How far in the future events may lie, in µs; the write timestamps of ends may lie as far ahead.
        public var maximumClockSkew: Int64 = 86_400_000_000
        /// The most pending events; more are refused as overload.
        ///
        /// A single batch is admitted whatever its size.
        public var maximumEventsInFlight = 16_384
        /// How long opening waits for a cluster that cannot be reached yet or lacks nodes.
        public var startPatience = Duration.zero
        /// How long a batch may take; `nil`, the default, is for callers without a deadline: each request has its own.
        public var batchTime: BatchTime?
        /// The mean pause between two flushes of the months that this process logs starts of, and between two renewals
        /// of its registrations, in ns: half a second.
        var tendingPause: Int64 = 500_000_000
        /// The mean pause between two passes over all months, in ns: a minute.
        var passPause: Int64 = 60_000_000_000
        /// How many passes lie between two searches for logs that other processes left behind: an hour.
        var passesBetweenCollections = 60
        /// How often the store checks the cluster's health.
        var health = Health.Pace()
        /// The time limit of a query, in ns.
        var queryTime = QueryTime.limit
        /// How long closing waits for pending requests, in ns: 15 seconds, about as long as a request may still take if
        /// the cluster does not respond.
        var closingPatience: Int64 = 15_000_000_000

        /// Creates options with the defaults.
        public init() {}
    }

    private let core: StoreCore
    private let admission: Admission
    private let health: Health
    private let watch: KeyspaceWatch
    private let failures: LogThrottle
    private let metrics: StoreMetrics
    private let closingPatience: Int64
    private let queryTime: QueryTime
    private let background: [Task<Void, Never>]

    /// Opens the store on a cluster whose keyspace is ready.
    init(
        _ cluster: any Cluster,
        keyspace: String = "players",
        decisions: String = "SERIAL",
        options: Options,
        surroundings: Surroundings,
        patience: OpeningPatience? = nil,
        metrics registry: MetricsRegistry,
        logger: Logger
    ) async throws(SessionStoreError) {
        let core = StoreCore(
            cluster,
            surroundings: surroundings,
            retention: options.retention,
            batchTime: options.batchTime
        )
        let settings = KeyspaceSettings(access: core.access, decisions: decisions)
        let patience = patience ?? OpeningPatience(.zero, surroundings: surroundings, logger: logger)
        try await settings.check(opening: keyspace, patience)
        let trials = GuardrailTrials(access: core.access, maximumClockSkew: options.maximumClockSkew)
        do throws(ClusterError) { try await trials.tryAll() } catch {
            throw .unusable(keyspace: keyspace, error.reason)
        }
        let now = surroundings.wallClock.now.microseconds
        if Lifetime(retention: options.retention).isBeyondTTLs(now: now) {
            logger.log(
                .warning,
                "the retention is longer than Cassandra's TTLs can say: what expires is not shown, but stays on the disk"
            )
        }
        self.core = core
        closingPatience = options.closingPatience
        queryTime = QueryTime(limit: options.queryTime, surroundings: surroundings)
        metrics = StoreMetrics(registry)
        admission = Admission(maximumEvents: options.maximumEventsInFlight)
        let watch = KeyspaceWatch(core, settings: settings, logger: logger)
        let health = Health(core.access, logger: logger) { () async throws(ClusterError) in
            try await watch.look()
            try await trials.tryTimestamps()
        }
        self.health = health
        self.watch = watch
        failures = LogThrottle(logger, elapsed: surroundings.elapsed)
        background = [
            // A month whose partition does not respond must not keep others from being renewed.
            CassandraStore.tend(core, watch, options, logger, "a registration was not renewed", width: 16) {
                core throws(ClusterError) in try await core.writer.registrar.renew()
            },
            CassandraStore.tend(core, watch, options, logger, "starts were not flushed") {
                [metrics] core throws(ClusterError) in try await core.flush { metrics.flushes.increment() }
            },
            CassandraStore.pass(core, watch, options, metrics, logger),
            Task { await health.watch(options.health) },
        ]
    }

    /// See `SessionStore`: durable when a quorum of replicas has every part of the batch.
    public func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        if batch.isEmpty { return completion(.success(())) }
        if let refusal = watch.refusal { return completion(.failure(report(refusal, "store a batch"))) }
        if let refusal = admission.enter(batch.count) { return completion(.failure(refusal)) }
        Task(executorPreference: core.access.cluster.executor) { [self] in
            let result = await Result { () async throws(ClusterError) in try await core.store(batch) }
            admission.leave(batch.count)
            health.observe(result)
            metrics.count(result)
            completion(result.mapError { report($0, "store a batch") })
        }
    }

    /// See `SessionStore`: reads sums of whole units, and rows of the spans that no sum covers.
    public func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts {
        try await query("count starts") { [core] () throws(ClusterError) in try await core.starts(in: window)
        }
    }

    /// See `SessionStore`: usually two reads of the player's partitions, whatever their size.
    public func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session] {
        let limit = min(max(limit, 1), maximumSessionsPerResponse)
        return try await query("find sessions") { [core] () throws(ClusterError) in
            try await core.top.run(playerID, limit: limit)
        }
    }

    /// See `SessionStore`: players come in token order.
    public func export(
        after position: ExportPosition?
    ) async throws(SessionStoreError) -> any SessionExport {
        if let refusal = admission.refusal { throw refusal }
        return try ClusterExport(access: core.access, retention: core.retention, after: position)
    }

    /// See `SessionStore`: the result of the last health check, a write at quorum above all.
    public var unreadiness: String? { admission.refusal?.description ?? health.unreadiness }

    /// See `SessionStore`: ends soon even if the cluster does not respond; requests still pending then fail as closed.
    public func close() async {
        admission.close()
        background.forEach { $0.cancel() }
        let access = core.access
        let deadline = Task { [closingPatience] in
            await access.surroundings.sleep(closingPatience)
            if !Task.isCancelled { await access.cluster.close() }
        }
        await admission.waitUntilEmpty()
        for task in background { await task.value }
        await core.writer.registrar.resign()
        deadline.cancel()
        await deadline.value
        await access.cluster.close()
    }

    /// Visits every month once, for tests; returns the number of flushes.
    func flush() async throws(ClusterError) -> Int { try await core.flusher.pass() }

    /// Removes rows of former ends that are due, for tests.
    func sweep() async throws(ClusterError) { try await core.staleEnds.sweep() }

    private func query<Success: Sendable>(
        _ operation: String,
        _ body: @escaping @Sendable () async throws(ClusterError) -> Success
    ) async throws(SessionStoreError) -> Success {
        if let refusal = admission.refusal { throw refusal }
        do throws(ClusterError) {
            if let refusal = watch.refusal { throw refusal }
            return try await queryTime.run(body)
        } catch {
            throw report(error, operation)
        }
    }

    /// Returns the error for callers; logs a transient one, because callers do not.
    private func report(_ error: ClusterError, _ operation: String) -> SessionStoreError {
        if let refusal = admission.refusal { return refusal }
        // Permanent failures are logged by the code that responds to the caller.
        if error.isTransient {
            failures.log(
                .warning,
                "the cluster did not do what it was asked",
                ["operation": operation, "reason": error.reason]
            )
        }
        return error.storeError(operation)
    }

    /// Repeats `body` about every half second, even while up to `width` - 1 runs are pending; logs failures.
    private static func tend(
        _ core: StoreCore,
        _ watch: KeyspaceWatch,
        _ options: Options,
        _ logger: Logger,
        _ failure: String,
        width: Int = 1,
        _ body: @escaping @Sendable (StoreCore) async throws(ClusterError) -> Void
    ) -> Task<Void, Never> {
        let throttle = LogThrottle(logger, elapsed: core.access.surroundings.elapsed)
        return Task {
            await withTaskGroup(of: Void.self) { group in
                var running = 0
                while !Task.isCancelled {
                    // A random pause: processes that began together drift apart.
                    await core.access.surroundings.pause(about: options.tendingPause)
                    if Task.isCancelled { return }
                    if watch.refusal != nil { continue }
                    group.addTask {
                        do throws(ClusterError) { try await body(core) } catch {
                            if Task.isCancelled { return }
                            throttle.log(.warning, failure, ["reason": error.reason])
                        }
                    }
                    running += 1
                    if running == width {
                        await group.next()
                        running -= 1
                    }
                }
            }
        }
    }

    private static func pass(
        _ core: StoreCore,
        _ watch: KeyspaceWatch,
        _ options: Options,
        _ metrics: StoreMetrics,
        _ logger: Logger
    ) -> Task<Void, Never> {
        Task {
            var passes = 0
            while !Task.isCancelled {
                await core.access.surroundings.pause(about: options.passPause)
                if Task.isCancelled { return }
                if watch.refusal != nil { continue }
                passes += 1
                if passes % options.passesBetweenCollections == 0 {
                    do throws(ClusterError) { try await LeakedLogs(flusher: core.flusher).collect() } catch {
                        if Task.isCancelled { return }
                        logger.log(.debug, "flushed logs were not looked for", ["reason": error.reason])
                    }
                }
                do throws(ClusterError) { try await core.staleEnds.sweep() } catch {
                    if Task.isCancelled { return }
                    // They cost readers one row each, and nothing else.
                    logger.log(.debug, "rows of former ends were not removed", ["reason": error.reason])
                }
                do throws(ClusterError) {
                    _ = try await core.flusher.pass { metrics.flushes.increment() }
                } catch {
                    if Task.isCancelled { return }
                    logger.log(.warning, "sums were not brought up to date", ["reason": error.reason])
                }
            }
        }
    }
}

extension ClusterError {
    /// Returns the error for callers.
    func storeError(_ operation: String) -> SessionStoreError {
        SessionStoreError(isTransient ? .overloaded : .failed, operation: operation, reason: reason)
    }
}
