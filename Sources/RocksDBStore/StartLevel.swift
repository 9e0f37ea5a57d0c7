import PlayerSessions

/// The levels of the tree of starts, from whole months down to sixteenths of a second.
///
/// A window is made of whole months, days, hours, minutes and seconds, and of entries at its two ragged ends.
enum StartLevel: UInt8, CaseIterable, Comparable {
    case month = 1
    case day
    case hour
    case minute
    case second
    case sixteenth

    /// The level below, `nil` at the bottom.
    var finer: StartLevel? { StartLevel(rawValue: rawValue + 1) }

    /// Whether stored nodes of this level hold entries of their own: minutes and below.
    var holdsEntries: Bool { rawValue >= StartLevel.minute.rawValue }
    /// Whether only nodes above hand entries down to this level: below minutes.
    var isFinerThanMinutes: Bool { rawValue > StartLevel.minute.rawValue }

    /// The coarser level comes first.
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
        }
    }

    /// The bucket that an instant, not before 1970, lies in.
    @inline(__always)
    func bucket(of microseconds: Int64) -> Int64 {
        guard self == .month else { return microseconds / length }
        let date = CivilDate(daysSinceEpoch: Int(microseconds / Microseconds.perDay))
        return Int64((date.year - 1970) * 12 + date.month - 1)
    }

    /// The first microsecond of a bucket.
    @inline(__always)
    func start(of bucket: Int64) -> Int64 {
        guard self == .month else { return bucket * length }
        let date = CivilDate(year: 1970 + Int(bucket) / 12, month: Int(bucket) % 12 + 1, day: 1)
        return Int64(date.daysSinceEpoch) * Microseconds.perDay
    }
}
