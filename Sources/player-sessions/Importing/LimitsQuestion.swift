import Foundation
import Glibc

/// Asks a service for its batch limits, and whether it accepts events.
struct LimitsQuestion {
    let address: ServiceAddress
    let policy: RetryPolicy
    /// Reports to the user who waits.
    var say: @Sendable (String) -> Void = { Console().message($0) }

    private static let pauseMicroseconds: UInt32 = 50_000

    private struct Readiness: Decodable {
        var max_batch_events: Int?
        var max_body_bytes: Int?
    }

    /// Returns the service's limits, or the default limits if it reports none.
    ///
    /// Waits for a service that is not up or not ready yet, because it may have been started at the same time.
    func ask() throws(Failure) -> BatchLimits {
        let transfer = try HTTPTransfer()
        transfer.endAtSignals()
        let start = ContinuousClock.now
        var failures = 0
        while true {
            transfer.prepareGet(address.url("/readyz"))
            let failure: Failure
            var retryAfterSeconds = 0
            switch transfer.perform() {
            case .success(let answer) where answer.status < 500:
                if failures > 0 { say("\(address): connected") }
                return limits(of: answer)
            case .success(let answer):
                failure = Failure("\(address) is not ready: \(ServiceProblem.line(of: answer))")
                retryAfterSeconds = answer.retryAfterSeconds
            case .failure(let error):
                if Interruption.isRequested { throw .reported(.interrupted) }
                failure = address.connectionFailure(error)
                guard error.isTransient else { throw failure }
            }
            failures += 1
            guard
                let delay = policy.delay(
                    afterFailures: failures,
                    retryAfterSeconds: retryAfterSeconds,
                    fraction: 0,
                    silence: ContinuousClock.now - start
                )
            else { throw failure }
            if failures == 1 { say("\(failure); trying again for at most \(policy.patienceText)") }
            try wait(delay)
        }
    }

    /// Waits, but not after the user stops the import.
    private func wait(_ delay: Duration) throws(Failure) {
        let end = ContinuousClock.now + delay
        while ContinuousClock.now < end {
            if Interruption.isRequested { throw .reported(.interrupted) }
            usleep(LimitsQuestion.pauseMicroseconds)
        }
    }

    private func limits(of answer: HTTPAnswer) -> BatchLimits {
        var limits = BatchLimits()
        if let readiness = try? JSONDecoder().decode(Readiness.self, from: Data(answer.body)) {
            let useful = BatchLimits.largestUseful
            limits.events = min(max(1, readiness.max_batch_events ?? limits.events), useful.events)
            limits.bytes = min(max(1, readiness.max_body_bytes ?? limits.bytes), useful.bytes)
        }
        return limits
    }
}
