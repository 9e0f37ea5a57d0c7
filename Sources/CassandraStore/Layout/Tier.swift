import PlayerSessions

/// The lengths of time that starts are summed over.
///
/// All units of a month lie in one partition, its bucket: what it says of its generations first, then the tiers in the
/// order of their raw values, then what was flushed last. See docs/decisions/0033.
enum Tier: Int32, CaseIterable, Sendable {
    /// A calendar month in UTC; its number counts from January 1970.
    case month = 1
    /// A day.
    case day
    /// An hour.
    case hour
    /// Ten minutes: the length of time whose flushed starts lie in the same partition.
    case span

    /// The raw value under which a bucket keeps its registrations.
    static let registrations: Int32 = 0
    /// The raw value under which a bucket keeps what was flushed last.
    static let lastFlush: Int32 = 5
    /// The raw value under which it keeps the digests of that.
    static let lastDigests: Int32 = 6

    /// The tier below, `nil` at the bottom.
    var finer: Tier? { Tier(rawValue: rawValue + 1) }

    /// The spans that the start of a session can lie in.
    static let possibleSpans =
        span.unit(of: Timestamp.earliest.microseconds)...span.unit(of: Timestamp.latest.microseconds)

    /// The months that it can lie in.
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

    /// The unit that an instant lies in.
    func unit(of microseconds: Int64) -> Int64 {
        guard self == .month else { return microseconds.quotientAndRemainder(flooringBy: length).quotient }
        let days = microseconds.quotientAndRemainder(flooringBy: Microseconds.perDay).quotient
        let date = CivilDate(daysSinceEpoch: Int(days))
        return Int64((date.year - 1970) * 12 + date.month - 1)
    }

    /// The first microsecond of a unit.
    func begin(of unit: Int64) -> Int64 {
        guard self == .month else { return unit * length }
        let (years, months) = unit.quotientAndRemainder(flooringBy: 12)
        let date = CivilDate(year: 1970 + Int(years), month: Int(months) + 1, day: 1)
        return Int64(date.daysSinceEpoch) * Microseconds.perDay
    }

    /// The instants of a unit.
    func instants(of unit: Int64) -> Range<Int64> { begin(of: unit)..<begin(of: unit + 1) }

    /// The unit that a span lies in.
    func unit(ofSpan span: Int64) -> Int64 { unit(of: Tier.span.begin(of: span)) }

    /// The spans of a unit.
    func spans(of unit: Int64) -> Range<Int64> {
        Tier.span.unit(of: begin(of: unit))..<Tier.span.unit(of: begin(of: unit + 1))
    }

    /// The bucket that holds a span's sums: its month.
    static func bucket(ofSpan span: Int64) -> Int64 { month.unit(ofSpan: span) }
}

/// One of a tier's units.
struct TierUnit: Hashable, Sendable {
    /// The tier.
    var tier: Tier
    /// The unit's number in it.
    var number: Int64

    /// The unit that a span lies in.
    init(_ tier: Tier, ofSpan span: Int64) {
        self.tier = tier
        number = tier.unit(ofSpan: span)
    }

    /// A unit by its number.
    init(_ tier: Tier, _ number: Int64) {
        self.tier = tier
        self.number = number
    }

    /// Its spans.
    var spans: Range<Int64> { tier.spans(of: number) }
}
