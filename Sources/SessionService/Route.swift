import HTTPServer

/// The endpoint that a path leads to.
enum Route: Int, CaseIterable, Sendable {
    case batchEvents
    case count
    case latestSessions
    case health
    case readiness
    case metrics
    case unknown

    /// Finds the route of a path in the form of `HTTPRequestHead.path`.
    init(path: String) {
        self = Route.known.first { $0.path == path } ?? .unknown
    }

    /// Finds the route of a request; costs no allocation.
    init(_ head: HTTPRequestHead) {
        self = Route.known.first { head.hasPath($0.path) } ?? .unknown
    }

    /// The path, also the label of the route in the metrics.
    var path: String {
        switch self {
        case .batchEvents: "/batchevents"
        case .count: "/queryevents/count"
        case .latestSessions: "/queryevents/topn"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        case .unknown: "unknown"
        }
    }

    /// The allowed methods in the form of `Allow`; HEAD is allowed wherever GET is.
    var allow: String {
        switch self {
        case .batchEvents: "POST"
        case .count, .latestSessions: "GET, HEAD, POST"
        case .health, .readiness, .metrics: "GET, HEAD"
        case .unknown: ""
        }
    }

    func takes(_ method: HTTPMethod) -> Bool {
        switch method {
        case .get, .head: self != .batchEvents && self != .unknown
        case .post: self == .batchEvents || self == .count || self == .latestSessions
        default: false
        }
    }

    private static let known = allCases.filter { $0 != .unknown }
}
