import EventDecoding
import HTTPServer
import Metrics

/// What the service counts; all made up front, so that a request only adds.
final class ServiceMetrics: Sendable {
    private let registry: MetricsRegistry
    /// By route, then by the place of the status in `ServiceMetrics.statuses`.
    private let requests: [[Counter]]
    private let durations: [Histogram]
    private let refusals: [Problem.Kind: Counter]
    private let errors: [Counter]

    let requestBytes: Counter
    let batches: Counter
    let batchEvents: Histogram
    let acceptedEvents: Counter
    let expiredEvents: Counter
    let rejectedEvents: Counter

    /// The statuses that the routes answer with.
    private static let statuses = [200, 400, 404, 405, 413, 415, 500, 503]

    /// Why a batch can be refused.
    private static let batchRefusals: [Problem.Kind] = [
        .unsupportedEncoding, .bodyTooLarge, .tooManyEvents, .corruptBody, .emptyBatch, .invalidEvents,
        .overloaded, .shuttingDown, .storeFailed,
    ]

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        requests = Route.allCases.map { route in
            ServiceMetrics.statuses.map { ServiceMetrics.requests(registry, route, status: $0) }
        }
        durations = Route.allCases.map { route in
            registry.histogram(
                "player_sessions_request_duration_seconds",
                help: "From a whole request to its answer, by route.",
                bounds: Histogram.durationBounds,
                labels: [("route", route.path)]
            )
        }
        requestBytes = registry.counter(
            "player_sessions_request_body_bytes_total",
            help: "Bytes of bodies, as sent."
        )
        batches = registry.counter(
            "player_sessions_batches_accepted_total",
            help: "Batches that were answered 200."
        )
        batchEvents = registry.histogram(
            "player_sessions_batch_events",
            help: "Events of a batch that went to the store.",
            bounds: Histogram.sizeBounds
        )
        acceptedEvents = registry.counter(
            "player_sessions_events_accepted_total",
            help: "Events that were answered as accepted, known ones included."
        )
        expiredEvents = registry.counter(
            "player_sessions_events_expired_total",
            help: "Events that were dropped as older than the retention."
        )
        rejectedEvents = registry.counter(
            "player_sessions_events_rejected_total",
            help: "Lines that were no valid event."
        )
        errors = (EventField.allCases.map(\.rawValue) + ["line"]).map { field in
            registry.counter(
                "player_sessions_event_errors_total",
                help: "Errors listed in answers, by field; line is the line as a whole.",
                labels: [("field", field)]
            )
        }
        refusals = Dictionary(
            uniqueKeysWithValues: ServiceMetrics.batchRefusals.map { kind in
                let counter = registry.counter(
                    "player_sessions_batches_refused_total",
                    help: "Batches that were refused as a whole, by reason.",
                    labels: [("reason", kind.name ?? "")]
                )
                return (kind, counter)
            }
        )
    }

    /// Counts an answer, and the time that it took.
    func answered(_ route: Route, status: Int, after duration: Duration) {
        if let place = ServiceMetrics.statuses.firstIndex(of: status) {
            requests[route.rawValue][place].increment()
        } else {
            ServiceMetrics.requests(registry, route, status: status).increment()
        }
        durations[route.rawValue].observe(duration / .seconds(1))
    }

    /// Counts a batch that was refused as a whole.
    func refused(_ kind: Problem.Kind) {
        refusals[kind]?.increment()
    }

    /// Counts the wrong lines of a batch, and their errors that an answer lists.
    func rejected(_ batch: DecodedBatch) {
        rejectedEvents.increment(by: UInt64(batch.invalidLines.count))
        for error in batch.errors {
            let place = error.field.flatMap { EventField.allCases.firstIndex(of: $0) }
            errors[place ?? EventField.allCases.count].increment()
        }
    }

    /// Counts what the server refused by itself.
    func observed(_ observation: HTTPObservation) {
        switch observation {
        case .connectionRefused(let fault):
            registry.counter(
                "player_sessions_connections_refused_total",
                help: "Connections that were refused, by reason.",
                labels: [("reason", ServiceMetrics.name(fault))]
            ).increment()
        case .fault(let fault):
            registry.counter(
                "player_sessions_http_faults_total",
                help: "Requests that the server refused before they had a route, by reason.",
                labels: [("reason", ServiceMetrics.name(fault))]
            ).increment()
        }
    }

    /// The name of a fault's case, without what it carries.
    private static func name(_ fault: HTTPFault) -> String {
        String("\(fault)".prefix { $0 != "(" })
    }

    private static func requests(_ registry: MetricsRegistry, _ route: Route, status: Int) -> Counter {
        registry.counter(
            "player_sessions_requests_total",
            help: "Requests that were answered, by route and status.",
            labels: [("route", route.path), ("status", String(status))]
        )
    }
}
