import Testing

@testable import player_sessions

@Test func `a retry waits longer each time, and as long as the service asks`() {
    let policy = RetryPolicy()
    func delay(_ failures: Int, _ seconds: Int = 0, _ fraction: Double = 0) -> Duration {
        policy.delay(afterFailures: failures, retryAfterSeconds: seconds, fraction: fraction)
    }
    #expect(
        [1, 2, 3, 6, 7, 99].map { delay($0) }
            == [100, 200, 400, 3_200, 5_000, 5_000].map { .milliseconds($0) }
    )
    #expect(delay(1, 7) == .seconds(7))
    #expect(delay(1, 0, 0.999) >= .milliseconds(50))
}

@Test func `the last try comes when the patience ends`() {
    let policy = RetryPolicy(patience: .seconds(60))
    func delay(_ failures: Int, retryAfter: Int = 0, silence: Int) -> Duration? {
        policy.delay(
            afterFailures: failures,
            retryAfterSeconds: retryAfter,
            fraction: 0,
            silence: .seconds(silence)
        )
    }
    #expect(delay(9, silence: 57) == .seconds(3))
    #expect(delay(1, retryAfter: 3_600, silence: 20) == .seconds(40))
    #expect(delay(9, silence: 60) == nil)
}
