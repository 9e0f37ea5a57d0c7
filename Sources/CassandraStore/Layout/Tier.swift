import PlayerSessions

/// The units of time over which starts are summed.
///
/// All units of a month lie in one partition: what it says of its generations first, then the tiers in the order of
/// their raw values, then the last flush. See docs/decisions/0033.
enum Tier: Int32, CaseIterable, Sendable {
    /// A calendar month in UTC; its number counts from January 1970.
    case month = 1
    case day
    case hour
    /// Ten minutes, whose flushed starts lie in one partition.
    case span

    /// The raw value for a month's registrations.
    static let registrations: Int32 = 0
    /// The raw value for a month's last flush.
    static let lastFlush: Int32 = 5
    /// The raw value for the digests of the last flush.
    static let lastDigests: Int32 = 6

    /// The next finer tier; `nil` for spans.
    var finer: Tier? { Tier(rawValue: rawValue + 1) }

    /// The spans in which a session can start.
    static let possibleSpans =
        span.unit(of: Timestamp.earliest.microseconds)...span.unit(of: Timestamp.latest.microseconds)

    /// The months in which a session can start.
    static let possibleMonths =
        month.unit(of: Timestamp.earliest.microseconds)...month.unit(of: Timestamp.latest.microseconds)

    /// The length of a unit in µs; months differ.
    private var length: Int64 {
        switch self {
        case .month: preconditionFailure("months differ in length")
        case .day: Microseconds.perDay
        case .hour: Microseconds.perHour
        case .span: 10 * Microseconds.perMinute
        }
    }

    /// Returns the unit that an instant, in µs, lies in.
    func unit(of microseconds: Int64) -> Int64 {
        guard self == .month else { return microseconds.quotientAndRemainder(flooringBy: length).quotient }
        let days = microseconds.quotientAndRemainder(flooringBy: Microseconds.perDay).quotient
        let date = CivilDate(daysSinceEpoch: Int(days))
        return Int64((date.year - 1970) * 12 + date.month - 1)
    }

    /// Returns the first microsecond of a unit.
    func begin(of unit: Int64) -> Int64 {
        guard self == .month else { return unit * length }
        let (years, months) = unit.quotientAndRemainder(flooringBy: 12)
        let date = CivilDate(year: 1970 + Int(years), month: Int(months) + 1, day: 1)
        return Int64(date.daysSinceEpoch) * Microseconds.perDay
    }

    /// Returns the instants of a unit, in µs.
    func instants(of unit: Int64) -> Range<Int64> { begin(of: unit)..<begin(of: unit + 1) }

    /// Returns the unit that a span lies in.
    func unit(ofSpan span: Int64) -> Int64 { unit(of: Tier.span.begin(of: span)) }

    func spans(of unit: Int64) -> Range<Int64> {
        Tier.span.unit(of: begin(of: unit))..<Tier.span.unit(of: begin(of: unit + 1))
    }

    /// Returns the month that holds a span's sums.
    static func bucket(ofSpan span: Int64) -> Int64 { month.unit(ofSpan: span) }
}

/// A unit of a tier.
struct TierUnit: Hashable, Sendable {
    var tier: Tier
    /// The unit's number in its tier.
    var number: Int64

    /// The unit that a span lies in.
    init(_ tier: Tier, ofSpan span: Int64) {
        self.tier = tier
        number = tier.unit(ofSpan: span)
    }

    init(_ tier: Tier, _ number: Int64) {
        self.tier = tier
        self.number = number
    }

    var spans: Range<Int64> { tier.spans(of: number) }
}
