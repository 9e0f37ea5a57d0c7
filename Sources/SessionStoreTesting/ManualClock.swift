import PlayerSessions
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: Sendable {
    private struct State {
        var now: Timestamp
        var elapsedMicroseconds: Int64 = 0

        mutating func pass(until now: Timestamp) {
            elapsedMicroseconds += max(0, now.microseconds - self.now.microseconds)
            self.now = now
        }
    }

    private let state: Mutex<State>

    /// Creates a clock that shows this instant.
    public init(_ now: Timestamp) {
        state = Mutex(State(now: now))
    }

    /// The instant that the clock shows.
    public var now: Timestamp { state.withLock { $0.now } }

    /// How much time has passed, by a clock that nobody can set.
    public var elapsedMicroseconds: Int64 { state.withLock { $0.elapsedMicroseconds } }

    /// Sets the clock to another instant; if that is later, the time until then has passed.
    public func set(_ now: Timestamp) {
        state.withLock { $0.pass(until: now) }
    }

    /// Moves the clock forward; that time has passed.
    public func advance(microseconds: Int64) {
        state.withLock { $0.pass(until: $0.now + microseconds) }
    }

    /// Sets the clock to another instant without any time passing, as an operator does.
    public func jump(to now: Timestamp) {
        state.withLock { $0.now = now }
    }

    /// This clock in the form that a store takes.
    public var wallClock: WallClock {
        WallClock { self.now }
    }
}
