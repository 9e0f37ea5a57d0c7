import Foundation
import Glibc

/// Asks a service what it takes at a time, and whether it takes anything.
struct LimitsQuestion {
    let address: ServiceAddress
    let policy: RetryPolicy

    private struct Readiness: Decodable {
        var max_batch_events: Int?
        var max_body_bytes: Int?
    }

    /// The limits; the service's defaults where it does not tell.
    ///
    /// A service that is not ready yet is waited for; one that cannot be reached is not, as it is most likely not there.
    func ask() throws(Failure) -> BatchLimits {
        let client = try ServiceClient(address)
        let start = ContinuousClock.now
        var failures = 0
        while true {
            let answer = try client.get("/readyz")
            var limits = BatchLimits()
            if let readiness = try? JSONDecoder().decode(Readiness.self, from: Data(answer.body)) {
                let useful = BatchLimits.largestUseful
                limits.events = min(max(1, readiness.max_batch_events ?? limits.events), useful.events)
                limits.bytes = min(max(1, readiness.max_body_bytes ?? limits.bytes), useful.bytes)
            }
            switch answer.status {
            case 500...:
                failures += 1
                let delay = policy.delay(
                    afterFailures: failures,
                    retryAfterSeconds: answer.retryAfterSeconds,
                    fraction: 0
                )
                if Interruption.isRequested { throw .reported(.interrupted) }
                guard ContinuousClock.now + delay - start <= policy.patience else {
                    throw Failure("\(address) is not ready: \(ServiceProblem.line(of: answer))")
                }
                usleep(UInt32(delay / .milliseconds(1)) * 1_000)
            default: return limits
            }
        }
    }
}
