import HTTPServer
import Metrics

/// Counts what the server itself refused: connections, and requests that reached no route.
final class FaultMetrics: Sendable {
    private let connections: [String: Counter]
    private let requests: [String: Counter]
    private let tlsHandshakes: Counter
    private let acceptPauses: Counter

    private static let ofConnections: [HTTPFault] = [
        .tooManyConnections, .tooManyConnectionsOfAddress, .outOfDescriptors,
    ]
    private static let ofRequests: [HTTPFault] = [
        .badRequest(""), .headTimeout, .bodyTimeout, .headTooLarge, .tooManyHeaders, .uriTooLong,
        .expectationFailed, .methodNotImplemented, .unsupportedVersion, .tooManyBytes, .shuttingDown,
    ]

    init(_ registry: MetricsRegistry) {
        func counters(_ name: String, _ help: String, _ faults: [HTTPFault]) -> [String: Counter] {
            Dictionary(
                uniqueKeysWithValues: faults.map { fault in
                    (fault.name, registry.counter(name, help: help, labels: [("reason", fault.name)]))
                }
            )
        }
        connections = counters(
            "player_sessions_connections_refused_total",
            "Connections that were refused, by reason.",
            FaultMetrics.ofConnections
        )
        let name = "player_sessions_http_faults_total"
        let help = "Requests that the server refused before a handler had them whole, by reason."
        requests = counters(name, help, FaultMetrics.ofRequests)
        tlsHandshakes = registry.counter(name, help: help, labels: [("reason", "tls-handshake")])
        acceptPauses = registry.counter(
            "player_sessions_accept_pauses_total",
            help: "How often a loop accepted nothing for a moment because the system let it not."
        )
    }

    func observed(_ observation: HTTPObservation) {
        switch observation {
        case .connectionRefused(let fault): connections[fault.name]?.increment()
        case .acceptPaused: acceptPauses.increment()
        case .fault(let fault): requests[fault.name]?.increment()
        case .tlsHandshake: tlsHandshakes.increment()
        case .bodyTooLarge: break  // Its route is known, so it counts as a request.
        }
    }
}

extension HTTPFault {
    /// A name for metrics, without data from the client.
    var name: String {
        switch self {
        case .badRequest: "bad-request"
        case .headTimeout: "head-timeout"
        case .bodyTimeout: "body-timeout"
        case .headTooLarge: "head-too-large"
        case .tooManyHeaders: "too-many-headers"
        case .uriTooLong: "uri-too-long"
        case .expectationFailed: "expectation-failed"
        case .methodNotImplemented: "method-not-implemented"
        case .unsupportedVersion: "unsupported-version"
        case .tooManyConnections: "too-many-connections"
        case .tooManyConnectionsOfAddress: "too-many-connections-of-address"
        case .outOfDescriptors: "out-of-descriptors"
        case .tooManyBytes: "too-many-bytes"
        case .shuttingDown: "shutting-down"
        }
    }
}
