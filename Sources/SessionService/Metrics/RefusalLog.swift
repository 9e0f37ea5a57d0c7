import HTTPServer
import Logging

/// Logs connections refused before any request: at most one line a minute for each reason.
///
/// A flood must not fill the log, which is on the operator's disk.
struct RefusalLog: Sendable {
    /// The least time between two lines, in ns.
    static let interval = 60 * LogThrottle.second

    private let throttle: LogThrottle

    init(_ throttle: LogThrottle) {
        self.throttle = throttle
    }

    /// Logs an observation of the server; faults of requests are ignored.
    func observed(_ observation: HTTPObservation) {
        switch observation {
        case .connectionRefused(let fault): note("connections are refused", fault.name, fault.cure)
        case .acceptPaused(let reason, let hint): note("connections have to wait", reason, hint)
        case .tlsHandshake(let client):
            // The client itself only sees its connection close.
            throttle.log(
                .warning,
                "a client tried TLS on the plain HTTP port; use http://, or a proxy that terminates TLS",
                ["client": client]
            )
        case .fault, .bodyTooLarge: break
        }
    }

    private func note(_ message: String, _ reason: String, _ hint: String?) {
        let values: KeyValuePairs<String, any LogValue> =
            if let hint { ["reason": reason, "hint": hint] } else { ["reason": reason] }
        throttle.log(.warning, message, values, cause: reason)
    }
}

extension HTTPFault {
    /// What the operator can do about refused connections.
    fileprivate var cure: String {
        switch self {
        case .tooManyConnections:
            "max_connections bounds them, and what ulimit -n (LimitNOFILE=) leaves for it"
        case .tooManyConnectionsOfAddress:
            "max_connections_per_address bounds them; all clients of a proxy share its address"
        default: "the process may open no more files: raise ulimit -n, or LimitNOFILE= of its unit"
        }
    }
}
