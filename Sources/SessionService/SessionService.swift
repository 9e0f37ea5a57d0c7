import FairSharing
public import HTTPServer
public import Logging
public import Metrics
public import PlayerSessions
import Synchronization

/// The service without its sockets: the responses to all requests, over any store.
///
/// There is one per process; an HTTP server takes its three functions:
///
///     HTTPServer(configuration, renderFault: service.renderFault, observe: service.observe,
///                makeHandler: service.makeHandler)
public final class SessionService: Sendable {
    let store: any SessionStore
    let limits: ServiceLimits
    let retention: Retention
    let clock: WallClock
    let metrics: ServiceMetrics
    let registry: MetricsRegistry
    let logger: Logger
    let largeBodies: LargeBodies
    let metricsPage: MetricsPage
    /// Throttles logging of store failures, since every request may meet one.
    private let failures: LogThrottle
    let queries = SharedLimit<QueryClient>(
        ServiceLimits.maximumConcurrentQueries,
        ofClient: ServiceLimits.maximumConcurrentQueriesOfClient
    )
    private let refusals: RefusalLog
    let retryDelays: RetryDelays
    private let access: WebAccess
    private let isLoopback = Atomic<Bool>(true)
    private let closing = Atomic<Bool>(false)

    /// Makes a service and registers its metrics and those of the process.
    ///
    /// `retrySeed` seeds the random delays after which refused clients may retry.
    public init(
        store: any SessionStore,
        limits: ServiceLimits,
        access: WebAccess,
        retention: Retention,
        clock: WallClock,
        retrySeed: UInt64,
        metrics: MetricsRegistry,
        logger: Logger,
        build: BuildInformation
    ) {
        self.store = store
        self.limits = limits
        self.access = access
        self.retention = retention
        self.clock = clock
        retryDelays = RetryDelays(seed: retrySeed)
        self.metrics = ServiceMetrics(metrics)
        self.logger = logger
        refusals = RefusalLog(
            LogThrottle(logger, interval: RefusalLog.interval) { clock.now.microseconds &* 1_000 }
        )
        failures = LogThrottle(logger)
        registry = metrics
        largeBodies = LargeBodies(limits)
        metricsPage = MetricsPage(metrics)
        ProcessMetrics.register(in: metrics, build: build, start: clock.now)
        let queries = queries
        metrics.gauge("player_sessions_queries_running", help: "Queries that wait for the store.") {
            Double(queries.total)
        }
    }

    /// Makes the handler of one loop.
    public func makeHandler(_ loop: Int) -> any HTTPHandler {
        RequestHandler(self)
    }

    /// Returns the response to a request or connection that the server itself refuses.
    public func renderFault(_ fault: HTTPFault) -> HTTPResponse {
        Problem(fault).response(retryDelays)
    }

    /// Counts and logs what the server itself refused.
    public func observe(_ observation: HTTPObservation) {
        metrics.faults.observed(observation)
        refusals.observed(observation)
        switch observation {
        case .bodyTooLarge(let path, let method):
            let route = Route(path: path)
            let kind = Problem.Kind.bodyTooLarge
            record(method, route, status: kind.status, after: .zero)
            if route == .batchEvents { metrics.refused(kind) }
        default: break
        }
    }

    /// Shows in `/metrics` how many connections are open, by the server's `count`, and the limit.
    public func showConnections(maximum: Int, _ count: @escaping @Sendable () -> Int) {
        registry.gauge("player_sessions_connections_maximum", help: "Connections that may be open.") {
            Double(maximum)
        }
        registry.gauge("player_sessions_connections", help: "Connections that are open.") {
            Double(count())
        }
    }

    /// Shows in `/metrics` how many bytes the connections hold, by the server's `count`.
    public func showBufferedBytes(_ count: @escaping @Sendable () -> Int) {
        registry.gauge(
            "player_sessions_buffered_bytes",
            help: "Bytes of large requests and answers on their way."
        ) { Double(count()) }
    }

    /// Sets whether only this machine can reach the server; call it before the server starts.
    ///
    /// Until then the service assumes that only this machine can, which makes it check more.
    public func listens(onLoopback: Bool) {
        isLoopback.store(onLoopback, ordering: .relaxed)
    }

    /// The guard against web pages, for where the service listens.
    var webGuard: WebGuard {
        WebGuard(access, isLoopback: isLoopback.load(ordering: .relaxed))
    }

    /// Makes `/readyz` and new batches return 503 from now on; queries are served until the server stops.
    public func beginShutdown() {
        closing.store(true, ordering: .relaxed)
    }

    /// Whether `beginShutdown` was called.
    public var isShuttingDown: Bool { closing.load(ordering: .relaxed) }

    /// Counts a response; logs a line per request at the debug level only.
    func record(_ method: HTTPMethod, _ route: Route, status: Int, after duration: Duration) {
        metrics.requests.answered(route, status: status, after: duration)
        guard logger.isEnabled(.debug) else { return }
        logger.log(
            .debug,
            "request",
            [
                "method": method.name, "route": route.path, "status": status,
                "seconds": duration / .seconds(1),
            ]
        )
    }

    /// Returns the problem of a store error, and logs it unless the store is merely overloaded or closing.
    func problem(_ error: SessionStoreError) -> Problem {
        if error.kind == .failed || error.kind == .unusable {
            failures.log(.error, "the store failed", ["error": error.description])
        }
        return Problem(error)
    }
}
