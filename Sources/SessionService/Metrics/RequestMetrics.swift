import Metrics

/// Counts responses by route and status, and their durations by route.
final class RequestMetrics: Sendable {
    private let registry: MetricsRegistry
    /// By route, then by the index of the status in `RequestMetrics.statuses`.
    private let counters: [[Counter]]
    private let durations: [Histogram]

    /// The statuses of the routes' responses.
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
