import PlayerSessions

/// The levels of the tree of starts, from months down to four microseconds.
///
/// A window consists of whole months, days, hours, minutes and seconds, and of entries at its two ragged ends. The
/// levels below a sixteenth of a second have nodes only where one holds more than 512 starts. A node at the bottom
/// holds at most one entry per country for each of four instants, so every node is bounded.
enum StartLevel: UInt8, CaseIterable, Comparable {
    case month = 1
    case day
    case hour
    case minute
    case second
    case sixteenth
    case microseconds2500
    case microseconds100
    case microseconds4

    /// The next finer level, `nil` at the bottom.
    var finer: StartLevel? { StartLevel(rawValue: rawValue + 1) }

    /// Whether stored nodes of this level hold entries of their own: minutes and finer.
    var holdsEntries: Bool { rawValue >= StartLevel.minute.rawValue }
    /// Whether a stored node that moved starts down always has a total, if only of zero.
    ///
    /// Without one there is nothing below it. Coarser nodes may lack it.
    var marksHandingDown: Bool { rawValue >= StartLevel.sixteenth.rawValue }
    /// Whether nodes of this level exist only where coarser ones moved entries down.
    var isFinerThanMinutes: Bool { rawValue > StartLevel.minute.rawValue }

    /// Coarser levels come first.
    static func < (left: StartLevel, right: StartLevel) -> Bool { left.rawValue < right.rawValue }

    /// The length of a bucket in µs; months have no fixed one.
    private var length: Int64 {
        switch self {
        case .month: preconditionFailure("months differ in length")
        case .day: Microseconds.perDay
        case .hour: Microseconds.perHour
        case .minute: Microseconds.perMinute
        case .second: Microseconds.perSecond
        case .sixteenth: Microseconds.perSecond / 16
        case .microseconds2500: 2_500
        case .microseconds100: 100
        case .microseconds4: 4
        }
    }

    /// Returns the bucket of an instant, which must not be before 1970.
    @inline(__always)
    func bucket(of microseconds: Int64) -> Int64 {
        guard self == .month else { return microseconds / length }
        let date = CivilDate(daysSinceEpoch: Int(microseconds / Microseconds.perDay))
        return Int64((date.year - 1970) * 12 + date.month - 1)
    }

    /// Returns the first microsecond of a bucket.
    @inline(__always)
    func start(of bucket: Int64) -> Int64 {
        guard self == .month else { return bucket * length }
        let date = CivilDate(year: 1970 + Int(bucket) / 12, month: Int(bucket) % 12 + 1, day: 1)
        return Int64(date.daysSinceEpoch) * Microseconds.perDay
    }
}
