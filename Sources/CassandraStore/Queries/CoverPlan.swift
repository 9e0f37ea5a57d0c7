import PlayerSessions

/// How to count a window in one month: sums of whole units, and flushed starts of the spans that the window cuts.
struct CoverPlan: Equatable {
    /// A span that the window cuts, and the instants of it that are counted.
    struct Cut: Hashable, Sendable {
        var span: Int64
        var instants: Range<Int64>

        /// The minutes that the instants lie in.
        var minutes: ClosedRange<Int64> {
            MinuteStarts.minute(of: instants.lowerBound)...MinuteStarts.minute(of: instants.upperBound - 1)
        }
    }

    /// The sums to add: at most 31 days, 46 hours and 10 spans.
    private(set) var units: [TierUnit] = []
    /// The spans that the window cuts: at most two.
    private(set) var cuts: [Cut] = []

    /// Covers the part of `window` in the month `bucket`.
    init(_ window: Range<Int64>, bucket: Int64) {
        cover(TierUnit(.month, bucket), window)
    }

    private mutating func cover(_ unit: TierUnit, _ window: Range<Int64>) {
        let instants = unit.tier.instants(of: unit.number)
        let wanted = instants.clamped(to: window)
        if wanted.isEmpty { return }
        if wanted == instants { return units.append(unit) }
        guard let finer = unit.tier.finer else {
            return cuts.append(Cut(span: unit.number, instants: wanted))
        }
        for part in finer.unit(of: wanted.lowerBound)...finer.unit(of: wanted.upperBound - 1) {
            cover(TierUnit(finer, part), window)
        }
    }
}
