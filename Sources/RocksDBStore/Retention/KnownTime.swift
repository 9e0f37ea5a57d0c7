import PlayerSessions

/// The latest time that a store believes it to be, for what it deletes for good.
///
/// The system's clock alone is not enough: one that jumps ahead by a year would have everything purged that the
/// retention keeps. So the known time moves on with the steady clock, and follows the system's only as far as that allows.
struct KnownTime: Equatable {
    /// How long the system's clock must have been ahead, while the store was open, before it is believed all the same:
    /// long enough for somebody to see the warning and set it right.
    static let patience: Int64 = 7 * Microseconds.perDay
    /// How much faster than the steady clock the known time may go, as a share: what a restart loses is made up for.
    private static let catchingUpShare: Int64 = 8

    /// The known time.
    private(set) var now: Timestamp
    /// How long the system's clock has been ahead, in µs of the store being open.
    private(set) var aheadMicroseconds: Int64 = 0

    /// Begins at an instant; `nil` knows nothing, so that every clock is ahead of it.
    init(_ now: Timestamp?) {
        self.now = now ?? .earliest
    }

    /// Takes in what the system's clock says, `elapsedMicroseconds` of the steady clock after it was last asked.
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

    /// Reads that line; `nil` if it is none.
    init?(text: String) {
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 2, StoredRecord.isTimestamp(numbers[0]),
            (0..<KnownTime.patience).contains(numbers[1])
        else { return nil }
        now = Timestamp(microseconds: numbers[0])
        aheadMicroseconds = numbers[1]
    }
}

/// A clock that only goes forward, for the time that passes while the store is open.
struct SteadyClock: Sendable {
    let microseconds: @Sendable () -> Int64

    /// The system's `CLOCK_BOOTTIME`, which nobody sets and which goes on while the machine sleeps.
    static let system = SteadyClock { bootTimeMicroseconds() }
}
