import Logging
import PlayerSessions

/// How long an opening waits for a cluster that is not ready yet, and what it says meanwhile.
///
/// Orchestrators start a cluster and its services together. What time alone may mend is waited for; everything else ends
/// the opening at once.
final class OpeningPatience: Sendable {
    let surroundings: Surroundings
    private let log: LogThrottle
    /// In ns of elapsed time.
    private let end: Int64

    /// The mean pause between two attempts, in ns.
    private static let pause: Int64 = 1_000_000_000
    /// The least time between two lines, in ns.
    static let interval: Int64 = 10_000_000_000

    /// Patience begins now; without any, no time is given to what time may mend.
    init(_ patience: Duration, surroundings: Surroundings, logger: Logger) {
        self.surroundings = surroundings
        log = LogThrottle(logger, interval: OpeningPatience.interval, elapsed: surroundings.elapsed)
        let (seconds, attoseconds) = patience.components
        let nanoseconds = min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
        end = surroundings.elapsed() + max(0, nanoseconds)
    }

    /// How much is left.
    var left: Duration { .nanoseconds(max(0, end - surroundings.elapsed())) }

    /// Waits for a moment and says for what; returns whether to try again.
    func wait(for reason: String) async -> Bool {
        guard surroundings.elapsed() < end, !Task.isCancelled else { return false }
        say(reason)
        await surroundings.pause(about: OpeningPatience.pause)
        return !Task.isCancelled
    }

    /// Says what is waited for, not too often.
    func say(_ reason: String) {
        let left = max(0, end - surroundings.elapsed()) / 1_000_000_000
        log.log(.warning, "waiting for the cluster", ["reason": reason, "seconds_left": "\(left)"])
    }
}
