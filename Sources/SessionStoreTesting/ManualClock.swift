import PlayerSessions
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: Sendable {
    private let instant: Mutex<Timestamp>

    /// Makes a clock that shows this instant.
    public init(_ now: Timestamp) {
        instant = Mutex(now)
    }

    /// The instant that the clock shows.
    public var now: Timestamp { instant.withLock { $0 } }

    /// Makes the clock show another instant.
    public func set(_ now: Timestamp) {
        instant.withLock { $0 = now }
    }

    /// Moves the clock forward.
    public func advance(microseconds: Int64) {
        instant.withLock { $0.microseconds += microseconds }
    }

    /// This clock in the form that a store takes.
    public var wallClock: WallClock {
        WallClock { self.now }
    }
}
