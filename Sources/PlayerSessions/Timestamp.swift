/// An instant in UTC, to the microsecond.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
    public var microseconds: Int64

    /// Creates an instant from microseconds since 1970-01-01T00:00:00Z.
    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The earliest instant that an event may have: 1970-01-01T00:00:00.000000Z.
    public static let earliest = Timestamp(microseconds: 0)

    /// The latest instant that an event may have: 2261-12-31T23:59:59.999999Z.
    public static let latest = Timestamp(microseconds: 9_214_646_399_999_999)

    /// Compares by time.
    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

/// Lengths of time in microseconds, the unit of everything stored.
public enum Microseconds {
    /// Microseconds in a second.
    public static let perSecond: Int64 = 1_000_000
    /// Microseconds in a minute.
    public static let perMinute: Int64 = 60 * perSecond
    /// Microseconds in an hour.
    public static let perHour: Int64 = 60 * perMinute
    /// Microseconds in a day of POSIX time, which has no leap seconds.
    public static let perDay: Int64 = 24 * perHour
}
