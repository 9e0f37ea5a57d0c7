/// How long sessions are kept: a number of days, or forever.
///
/// An event is expired if its `ts` is at or before now − retention; a session is in no response once its start is
/// expired. What was received is remembered for twice as long, so that late retries change nothing.
public struct Retention: Hashable, Sendable {
    /// The length in microseconds; `nil` keeps everything.
    public let microseconds: Int64?

    /// The longest retention in days: some 400 years, more than a `ts` can be old.
    public static let maximumDays = 146_000

    /// Keeps everything.
    public static let forever = Retention(days: 0)

    /// Keeps sessions for this many days, 0 to `maximumDays`; 0 keeps everything.
    public init(days: Int) {
        precondition((0...Retention.maximumDays).contains(days))
        microseconds = days == 0 ? nil : Int64(days) * Microseconds.perDay
    }

    /// Keeps sessions for this long; for tests that cannot wait for a day.
    public init(microseconds: Int64) {
        precondition(microseconds > 0)
        self.microseconds = microseconds
    }

    /// Returns the latest instant that is expired at `now`; `nil` if everything is kept.
    @inlinable
    public func cutoff(at now: Timestamp) -> Timestamp? {
        microseconds.map { Timestamp(microseconds: now.microseconds - $0) }
    }

    /// Returns the latest instant that is forgotten at `now`; `nil` if everything is kept.
    @inlinable
    public func horizon(at now: Timestamp) -> Timestamp? {
        microseconds.map { Timestamp(microseconds: now.microseconds - 2 * $0) }
    }
}
