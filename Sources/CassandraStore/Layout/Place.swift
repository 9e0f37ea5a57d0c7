import PlayerSessions

/// Where a start is logged: a generation of its month, and the process that writes there.
struct Place: Hashable, Sendable {
    /// The generation: the starts of a month that are flushed together.
    var generation: Int64
    var process: ProcessID

    /// Returns the generation in which a month begins at a time in µs: the time in 64ths of a second.
    ///
    /// A month never uses that many generations, so those of truncated tables do not recur.
    static func firstGeneration(at now: Int64) -> Int64 { max(1, now / (Microseconds.perSecond / 64)) }

    /// Returns the month and place of a row of `scanLogs`; `nil` if no event can be in that month.
    static func ofLog(_ row: Row) -> (bucket: Int64, place: Place)? {
        guard let bucket = row[0].number, Tier.possibleMonths.contains(bucket),
            let generation = row[1].number,
            let process = row[2].number
        else { return nil }
        return (bucket, Place(generation: generation, process: ProcessID(number: process)))
    }

    /// The valid generations, enough until 2242; other numbers are damaged.
    static let generations: ClosedRange<Int64> = 0...1 << 39

    /// Returns a generation that none exceeds, whatever clocks show: that of a month that begins in a year.
    static func maximumGeneration(at now: Int64) -> Int64 {
        firstGeneration(at: now + 366 * Microseconds.perDay)
    }
}

/// A process of the service, from its start to its end: 48 random bits that no other process has.
///
/// Two processes with the same id would disturb each other only if both were alive at the same time.
struct ProcessID: Hashable, Sendable, Comparable {
    var number: Int64

    static let bits: Int64 = 48

    static func < (left: ProcessID, right: ProcessID) -> Bool { left.number < right.number }
}
