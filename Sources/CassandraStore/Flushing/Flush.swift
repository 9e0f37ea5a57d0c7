import PlayerSessions

/// What is logged in some generations of a month, as it is flushed at once.
struct Flush: Sendable {
    /// The month.
    let bucket: Int64
    /// Up to which generation.
    var generation: Int64 { starts.generation }
    /// The starts.
    private(set) var starts: FlushedStarts
    /// What the starts change in the sums, by unit.
    private(set) var changes: [TierUnit: StartTotals] = [:]

    /// A flush of nothing yet.
    init(bucket: Int64, upTo generation: Int64) {
        self.bucket = bucket
        starts = FlushedStarts(upTo: generation)
    }

    /// How many starts it has.
    private(set) var count = 0

    /// Ends it with a generation: nothing of a later one is in it.
    mutating func end(at generation: Int64) { starts.generation = generation }

    /// Adds what rows of the log say; one that no event can have logged is passed over.
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

    /// The sums that follow from the former ones.
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
