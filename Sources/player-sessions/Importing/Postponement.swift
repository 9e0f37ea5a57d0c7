/// How often in a row something failed, since when, and when it may be tried again.
struct Postponement: Sendable {
    private var failures = 0
    private var failingSince: ContinuousClock.Instant?
    private var notBefore: ContinuousClock.Instant?

    /// Whether it may be tried.
    func isOver(at now: ContinuousClock.Instant) -> Bool {
        notBefore ?? now <= now
    }

    /// How long it is until it may be tried.
    func remaining(at now: ContinuousClock.Instant) -> Duration {
        max(.zero, (notBefore ?? now) - now)
    }

    /// Counts a failure, and puts the next try off; returns for how long nothing has succeeded, or `nil` where the
    /// patience has ended.
    ///
    /// Where something else succeeded after the first failure, the other side is busy, and this one's turn comes.
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
