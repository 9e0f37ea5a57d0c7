import PlayerSessions

/// Where a start is logged: a generation of its month, and the process that writes there.
struct Place: Hashable, Sendable {
    /// The generation: the starts of a month that are flushed together.
    var generation: Int64
    /// The process that logs its starts there.
    var process: ProcessID

    /// The generation in which a month begins, at a time in µs: the time in 64ths of a second.
    ///
    /// A month never has as many, so those of tables that were truncated do not come again.
    static func firstGeneration(at now: Int64) -> Int64 { max(1, now / (Microseconds.perSecond / 64)) }

    /// The month and the place that a row of all logs names; `nil` where no month can have it.
    static func ofLog(_ row: Row) -> (bucket: Int64, place: Place)? {
        guard let bucket = row[0].number, Tier.possibleMonths.contains(bucket),
            let generation = row[1].number,
            let process = row[2].number
        else { return nil }
        return (bucket, Place(generation: generation, process: ProcessID(number: process)))
    }

    /// The generations that a store counts up to, until 2242; other numbers are damaged.
    static let generations: ClosedRange<Int64> = 0...1 << 39

    /// No generation is above this one, whatever clocks show: it is that of a month that begins in a year.
    static func maximumGeneration(at now: Int64) -> Int64 {
        firstGeneration(at: now + 366 * Microseconds.perDay)
    }
}

/// A process of the service, from its start to its end: 48 random bits that no other process has.
///
/// Two that had the same would have to be alive at the same time to disturb each other.
struct ProcessID: Hashable, Sendable, Comparable {
    /// The bits.
    var number: Int64

    /// How many bits an id has.
    static let bits: Int64 = 48

    /// By number.
    static func < (left: ProcessID, right: ProcessID) -> Bool { left.number < right.number }
}
