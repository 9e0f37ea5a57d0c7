import Logging
import PlayerSessions

/// How long an opening waits for a cluster that is not ready yet, and what it logs meanwhile.
///
/// Orchestrators start a cluster and its services together. What time alone may fix is waited for; everything else ends
/// the opening at once.
final class OpeningPatience: Sendable {
    let surroundings: Surroundings
    private let log: LogThrottle
    /// When patience ends, in ns of elapsed time.
    private let end: Int64

    /// The mean pause between two attempts, in ns.
    private static let pause: Int64 = 1_000_000_000
    /// The least time between two log lines, in ns.
    static let interval: Int64 = 10_000_000_000

    /// Starts the patience now; if it is zero, nothing is waited for.
    init(_ patience: Duration, surroundings: Surroundings, logger: Logger) {
        self.surroundings = surroundings
        log = LogThrottle(logger, interval: OpeningPatience.interval, elapsed: surroundings.elapsed)
        let (seconds, attoseconds) = patience.components
        let nanoseconds = min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
        end = surroundings.elapsed() + max(0, nanoseconds)
    }

    /// The time left.
    var left: Duration { .nanoseconds(max(0, end - surroundings.elapsed())) }

    /// Logs the reason and waits for a moment; returns whether to try again.
    func wait(for reason: String) async -> Bool {
        guard surroundings.elapsed() < end, !Task.isCancelled else { return false }
        say(reason)
        await surroundings.pause(about: OpeningPatience.pause)
        return !Task.isCancelled
    }

    /// Logs what is waited for, throttled.
    func say(_ reason: String) {
        let left = max(0, end - surroundings.elapsed()) / 1_000_000_000
        log.log(.warning, "waiting for the cluster", ["reason": reason, "seconds_left": "\(left)"])
    }
}
