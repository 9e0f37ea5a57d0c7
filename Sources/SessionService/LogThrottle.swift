import PlayerSessions
import Synchronization

/// Lets a log line of one kind through at most once a minute, however often its reason occurs.
final class LogThrottle: Sendable {
    private struct State {
        var lastLine: Timestamp?
        /// Occurrences since then.
        var count = 0
    }

    /// The least time between two lines, in µs.
    static let interval = 60 * Microseconds.perSecond

    private let state = Mutex(State())

    /// Takes note of an occurrence; returns how many there were since the last line if it is time for another one.
    func note(at now: Timestamp) -> Int? {
        state.withLock { state in
            state.count += 1
            // A clock that was set back does not silence the log.
            if let last = state.lastLine, (0..<Self.interval).contains(now.microseconds - last.microseconds) {
                return nil
            }
            defer { state = State(lastLine: now) }
            return state.count
        }
    }
}
