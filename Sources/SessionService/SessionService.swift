import FairSharing
public import HTTPServer
public import Logging
public import Metrics
public import PlayerSessions
import Synchronization

/// The service without its sockets: what each request is answered, whichever store it has.
///
/// One for a process; an HTTP server takes its three functions:
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
    /// Failures of the store, of which each request may meet one.
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

    /// Makes a service and enters its metrics and those of the process.
    ///
    /// Of `retrySeed` the seconds are made after which refused clients are told to come again.
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

    /// The answer to what the server itself refuses.
    public func renderFault(_ fault: HTTPFault) -> HTTPResponse {
        Problem(fault).response(retryDelays)
    }

    /// Counts what the server refused by itself.
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

    /// Shows how many connections are open in `/metrics`, which the server knows, and how many may be.
    public func showConnections(maximum: Int, _ count: @escaping @Sendable () -> Int) {
        registry.gauge("player_sessions_connections_maximum", help: "Connections that may be open.") {
            Double(maximum)
        }
        registry.gauge("player_sessions_connections", help: "Connections that are open.") {
            Double(count())
        }
    }

    /// Shows how many bytes the connections hold in `/metrics`; the server knows.
    public func showBufferedBytes(_ count: @escaping @Sendable () -> Int) {
        registry.gauge(
            "player_sessions_buffered_bytes",
            help: "Bytes of large requests and answers on their way."
        ) { Double(count()) }
    }

    /// Takes note of whether only this machine can reach the server; call it before the server starts.
    ///
    /// Until then the service takes it for one that only this machine can reach, which checks more.
    public func listens(onLoopback: Bool) {
        isLoopback.store(onLoopback, ordering: .relaxed)
    }

    /// What keeps web pages out, made for where the service listens.
    var webGuard: WebGuard {
        WebGuard(access, isLoopback: isLoopback.load(ordering: .relaxed))
    }

    /// From now on `/readyz` and new batches are answered 503; queries are served until the server stops.
    public func beginShutdown() {
        closing.store(true, ordering: .relaxed)
    }

    /// Whether `beginShutdown` was called.
    public var isShuttingDown: Bool { closing.load(ordering: .relaxed) }

    /// Counts an answer; a line a request is written at the debug level only.
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

    /// The answer to a failure of the store; it is logged, unless the store is merely busy or closes.
    func problem(_ error: SessionStoreError) -> Problem {
        if error.kind == .failed || error.kind == .unusable {
            failures.log(.error, "the store failed", ["error": error.description])
        }
        return Problem(error)
    }
}
