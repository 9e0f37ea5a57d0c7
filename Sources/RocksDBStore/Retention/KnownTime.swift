import PlayerSessions

/// The latest time that a store believes it to be, used for permanent deletion.
///
/// The system clock alone is not enough: if it jumped ahead by a year, everything that the retention keeps would be
/// purged. So the known time advances with the steady clock, and follows the system clock only that far.
struct KnownTime: Equatable {
    /// How long the system clock must be ahead, while the store is open, before it is believed anyway.
    ///
    /// This leaves an operator time to see the warning and set the clock.
    static let patience: Int64 = 7 * Microseconds.perDay
    /// The known time may gain one part in this many on the steady clock, to make up for what restarts lose.
    private static let catchingUpShare: Int64 = 8

    private(set) var now: Timestamp
    /// How long the system clock has been ahead while the store was open, in µs.
    private(set) var aheadMicroseconds: Int64 = 0

    /// Starts at an instant, or at `nil` with no knowledge, so that every clock is ahead.
    init(_ now: Timestamp?) {
        self.now = now ?? .earliest
    }

    /// Takes in a reading of the system clock, `elapsedMicroseconds` of the steady clock after the previous one.
    mutating func observe(_ clock: Timestamp, elapsedMicroseconds: Int64) {
        let elapsed = max(0, elapsedMicroseconds)
        let reachable = Timestamp(
            microseconds: now.microseconds + elapsed + elapsed / KnownTime.catchingUpShare
        )
        if clock <= reachable {
            now = clock
            aheadMicroseconds = 0
            return
        }
        aheadMicroseconds += elapsed
        now = reachable
        guard aheadMicroseconds >= KnownTime.patience else { return }
        now = clock
        aheadMicroseconds = 0
    }

    /// The two numbers, in µs, as a line of text.
    var text: String { "\(now.microseconds) \(aheadMicroseconds)" }

    /// Parses that line; `nil` if it is invalid.
    init?(text: String) {
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 2, StoredRecord.isTimestamp(numbers[0]),
            (0..<KnownTime.patience).contains(numbers[1])
        else { return nil }
        now = Timestamp(microseconds: numbers[0])
        aheadMicroseconds = numbers[1]
    }
}

/// A clock that only moves forward, to measure how long the store is open.
struct SteadyClock: Sendable {
    let microseconds: @Sendable () -> Int64

    /// The system's `CLOCK_BOOTTIME`, which cannot be set and includes time asleep.
    static let system = SteadyClock { bootTimeMicroseconds() }
}
