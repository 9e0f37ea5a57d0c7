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

    /// Makes a clock that shows this instant.
    public init(_ now: Timestamp) {
        state = Mutex(State(now: now))
    }

    /// The instant that the clock shows.
    public var now: Timestamp { state.withLock { $0.now } }

    /// How much time has passed, as a clock would measure that nobody can set.
    public var elapsedMicroseconds: Int64 { state.withLock { $0.elapsedMicroseconds } }

    /// Makes the clock show another instant; if that is later, the time until then has passed.
    public func set(_ now: Timestamp) {
        state.withLock { $0.pass(until: now) }
    }

    /// Moves the clock forward; that time has passed.
    public func advance(microseconds: Int64) {
        state.withLock { $0.pass(until: $0.now + microseconds) }
    }

    /// Makes the clock show another instant at once, as somebody who sets it: no time passes.
    public func jump(to now: Timestamp) {
        state.withLock { $0.now = now }
    }

    /// This clock in the form that a store takes.
    public var wallClock: WallClock {
        WallClock { self.now }
    }
}
