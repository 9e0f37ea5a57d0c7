/// The consecutive failures of an operation, since when it fails, and when it may be tried again.
struct Postponement: Sendable {
    private var failures = 0
    private var failingSince: ContinuousClock.Instant?
    private var notBefore: ContinuousClock.Instant?

    /// Returns whether it may be tried.
    func isOver(at now: ContinuousClock.Instant) -> Bool {
        notBefore ?? now <= now
    }

    /// Returns the time until it may be tried.
    func remaining(at now: ContinuousClock.Instant) -> Duration {
        max(.zero, (notBefore ?? now) - now)
    }

    /// Counts a failure and schedules the next attempt; returns how long nothing has succeeded, or `nil` if that
    /// exceeds the patience.
    ///
    /// If something else succeeded after the first failure, the other side is busy, not down, and this operation's turn
    /// will come.
    mutating func fail(
        by policy: RetryPolicy,
        retryAfterSeconds: Int,
        lastSuccess: ContinuousClock.Instant
    ) -> Duration? {
        let now = ContinuousClock.now
        let since = failingSince ?? now
        failures += 1
        failingSince = since
        let silence = now - max(since, lastSuccess)
        guard
            let delay = policy.delay(
                afterFailures: failures,
                retryAfterSeconds: retryAfterSeconds,
                fraction: .random(in: 0..<1),
                silence: silence
            )
        else { return nil }
        notBefore = now + delay
        return silence
    }
}
