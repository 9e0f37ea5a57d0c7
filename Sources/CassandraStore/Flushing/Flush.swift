import PlayerSessions

/// The log of some generations of a month, as one flush takes it.
struct Flush: Sendable {
    /// The month.
    let bucket: Int64
    /// The generation up to which it flushes.
    var generation: Int64 { starts.generation }
    private(set) var starts: FlushedStarts
    /// What the starts change in the sums, by unit.
    private(set) var changes: [TierUnit: StartTotals] = [:]

    init(bucket: Int64, upTo generation: Int64) {
        self.bucket = bucket
        starts = FlushedStarts(upTo: generation)
    }

    /// How many entries of the log it has.
    private(set) var count = 0

    /// Ends the flush at a generation; nothing of a later one is in it.
    mutating func end(at generation: Int64) { starts.generation = generation }

    /// Adds rows of the log; a row that no event can have logged is skipped.
    mutating func add(_ rows: [Row], of place: Place) {
        for row in rows {
            if let entry = LogEntry(row, of: place, in: bucket) { add(entry) }
        }
    }

    private mutating func add(_ entry: LogEntry) {
        starts.add(entry)
        count += 1
        for tier in Tier.allCases {
            let unit = TierUnit(tier, tier.unit(of: entry.start.instant))
            changes[unit, default: StartTotals()].add(entry.start.country, entry.change)
        }
    }

    /// Returns the new sums of the changed units, given the former sums.
    ///
    /// A country stays, with 0, so that outside readers see it go.
    func sums(on former: [TierUnit: StartTotals]) -> [(unit: TierUnit, totals: StartTotals)] {
        let order = changes.keys.sorted { ($0.tier.rawValue, $0.number) < ($1.tier.rawValue, $1.number) }
        return order.map { unit in
            var totals = former[unit] ?? StartTotals()
            if let change = changes[unit] { totals.add(change) }
            return (unit, totals)
        }
    }
}
