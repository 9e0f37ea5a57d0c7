import Metrics

/// How many requests were answered, by route and status, and how long they took, by route.
final class RequestMetrics: Sendable {
    private let registry: MetricsRegistry
    /// By route, then by the place of the status in `RequestMetrics.statuses`.
    private let counters: [[Counter]]
    private let durations: [Histogram]

    /// The statuses that the routes answer with.
    private static let statuses = [200, 204, 400, 403, 404, 405, 413, 415, 421, 500, 503]

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        counters = Route.allCases.map { route in
            RequestMetrics.statuses.map { RequestMetrics.counter(registry, route, status: $0) }
        }
        durations = Route.allCases.map { route in
            registry.histogram(
                "player_sessions_request_duration_seconds",
                help: "From a whole request to its answer, by route.",
                bounds: Histogram.durationBounds,
                labels: [("route", route.path)]
            )
        }
    }

    /// Counts an answer, and the time that it took.
    func answered(_ route: Route, status: Int, after duration: Duration) {
        if let place = RequestMetrics.statuses.firstIndex(of: status) {
            counters[route.rawValue][place].increment()
        } else {
            RequestMetrics.counter(registry, route, status: status).increment()
        }
        durations[route.rawValue].observe(duration / .seconds(1))
    }

    private static func counter(_ registry: MetricsRegistry, _ route: Route, status: Int) -> Counter {
        registry.counter(
            "player_sessions_requests_total",
            help: "Requests that were answered, by route and status.",
            labels: [("route", route.path), ("status", String(status))]
        )
    }
}
