import EventDecoding
import HTTPServer
import Metrics

/// The service's metrics, all registered at the start.
///
/// So a request only adds, and what never happened shows as 0.
final class ServiceMetrics: Sendable {
    let requests: RequestMetrics
    let faults: FaultMetrics
    let requestBytes: Counter
    let batches: Counter
    let batchEvents: Histogram
    let acceptedEvents: Counter
    let expiredEvents: Counter

    private let rejectedEvents: Counter
    private let refusals: [Problem.Kind: Counter]
    /// By the index of the field in `EventField.allCases`; the last one is for the line as a whole.
    private let errors: [Counter]

    /// The kinds of problems that can refuse a batch.
    private static let batchRefusals: [Problem.Kind] = [
        .unsupportedEncoding, .bodyTooLarge, .tooManyEvents, .corruptBody, .emptyBatch, .invalidEvents,
        .overloaded, .shuttingDown, .storeFailed, .hostNotAllowed, .originNotAllowed,
    ]

    init(_ registry: MetricsRegistry) {
        func counter(
            _ name: String,
            _ help: String,
            _ labels: [(name: String, value: String)] = []
        ) -> Counter {
            registry.counter("player_sessions_\(name)_total", help: help, labels: labels)
        }
        requests = RequestMetrics(registry)
        faults = FaultMetrics(registry)
        requestBytes = counter("request_body_bytes", "Bytes of bodies, as sent.")
        batches = counter("batches_accepted", "Batches that were answered 200.")
        batchEvents = registry.histogram(
            "player_sessions_batch_events",
            help: "Events of a batch that went to the store.",
            bounds: Histogram.sizeBounds
        )
        acceptedEvents = counter(
            "events_accepted",
            "Events that were answered as accepted, known ones included."
        )
        expiredEvents = counter("events_expired", "Events that were dropped as older than the retention.")
        rejectedEvents = counter("events_rejected", "Lines that were no valid event.")
        errors = (EventField.allCases.map(\.rawValue) + ["line"]).map { field in
            counter(
                "event_errors",
                "Errors listed in answers, by field; line is the line as a whole.",
                [("field", field)]
            )
        }
        let refused = ServiceMetrics.batchRefusals.map { kind in
            counter(
                "batches_refused",
                "Batches that were refused as a whole, by reason.",
                [("reason", kind.name ?? "")]
            )
        }
        refusals = Dictionary(uniqueKeysWithValues: zip(ServiceMetrics.batchRefusals, refused))
    }

    /// Counts a batch that was refused as a whole.
    func refused(_ kind: Problem.Kind) {
        refusals[kind]?.increment()
    }

    /// Counts the invalid lines of a batch and its listed errors.
    func rejected(_ batch: DecodedBatch) {
        rejectedEvents.increment(by: UInt64(batch.invalidLines.count))
        for error in batch.errors {
            let place = error.field.flatMap { EventField.allCases.firstIndex(of: $0) }
            errors[place ?? EventField.allCases.count].increment()
        }
    }
}
