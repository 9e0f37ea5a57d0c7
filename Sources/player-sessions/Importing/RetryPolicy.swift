/// When a batch is tried again, and for how long.
struct RetryPolicy: Sendable {
    /// How long a batch is retried after its first failure and after the last success of any batch.
    var patience = Duration.seconds(60)

    /// The patience in messages: `60 s`.
    var patienceText: String {
        let seconds = patience / .seconds(1)
        return "\(decimal(seconds, digits: seconds == seconds.rounded() ? 0 : 1)) s"
    }

    private static let firstDelayMilliseconds = 100
    private static let longestDelayMilliseconds = 5_000

    /// Returns how long to wait after this many consecutive failures; not less than the service asks for, up to an
    /// hour.
    ///
    /// The delay doubles each time, less a random part of up to half, so that many batches do not come back together.
    func delay(afterFailures failures: Int, retryAfterSeconds: Int, fraction: Double) -> Duration {
        let doubled = RetryPolicy.firstDelayMilliseconds << min(failures - 1, 10)
        let capped = Double(min(doubled, RetryPolicy.longestDelayMilliseconds))
        let own = Duration.milliseconds(Int(capped * (1 - fraction / 2)))
        return max(own, .seconds(min(retryAfterSeconds, 3_600)))
    }

    /// Returns how long to wait after nothing has succeeded for `silence`; `nil` if that exceeds the patience.
    ///
    /// The last attempt is made when the patience ends.
    func delay(
        afterFailures failures: Int,
        retryAfterSeconds: Int,
        fraction: Double,
        silence: Duration
    ) -> Duration? {
        guard silence < patience else { return nil }
        let delay = delay(afterFailures: failures, retryAfterSeconds: retryAfterSeconds, fraction: fraction)
        return min(delay, patience - silence)
    }
}
