import HTTPServer
import Logging
import PlayerSessions
import Synchronization

/// Logs refused connections: at most one line a minute for each reason, with the number since the last line.
///
/// The first refusal of a reason is logged at once. A flood must not fill the log, which is the operator's disk.
final class RefusalLog: Sendable {
    private let logger: Logger
    private let clock: WallClock
    /// By reason, of which there are few.
    private let throttles = Mutex<[String: LogThrottle]>([:])

    init(_ logger: Logger, clock: WallClock) {
        self.logger = logger
        self.clock = clock
    }

    /// Takes note of what the server saw; everything but refused connections and pauses is ignored.
    func observed(_ observation: HTTPObservation) {
        switch observation {
        case .connectionRefused(let fault): note("connections are refused", fault.name, fault.cure)
        case .acceptPaused(let reason):
            note("connections have to wait", reason, HTTPFault.outOfDescriptors.cure)
        case .fault, .bodyTooLarge, .tlsHandshake: break
        }
    }

    private func note(_ message: String, _ reason: String, _ hint: String) {
        let throttle = throttles.withLock { throttles in
            let throttle = throttles[reason] ?? LogThrottle()
            throttles[reason] = throttle
            return throttle
        }
        guard let count = throttle.note(at: clock.now) else { return }
        logger.log(.warning, message, ["reason": reason, "since_last_line": "\(count)", "hint": hint])
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
