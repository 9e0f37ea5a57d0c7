/// The sums of some spans of a bucket, as their rows say, and of the units around them.
///
/// Each unit around is summed from the finer ones, not changed by the difference: a sum that was wrong is right then.
struct SpanSums: Sendable {
    let reader: BucketReader
    let spans: [Int64]

    /// A unit's sum.
    struct Sum: Sendable {
        var unit: TierUnit
        var totals: StartTotals
    }

    /// Reads rows and sums; what a batch then sets holds only as long as the bucket's version is the one before.
    func read() async throws(ClusterError) -> [Sum] {
        var sums: [Sum] = []
        for span in spans {
            let scan = CoverPlan.Scan(span: span, instants: Tier.span.instants(of: span))
            let totals = try await StartRows(access: reader.access, width: Roller.width).count([scan])
            sums.append(Sum(unit: TierUnit(.span, ofSpan: span), totals: totals))
        }
        for tier in [Tier.hour, .day, .month] {
            let units = Set(spans.map { TierUnit(tier, ofSpan: $0) }).sorted { $0.number < $1.number }
            let finer = sums
            sums += try await concurrently(units, limit: Roller.width) { unit throws(ClusterError) in
                try await sum(of: unit, with: finer)
            }
        }
        return sums
    }

    /// The sum of a unit's finer ones, some of which are new.
    private func sum(of unit: TierUnit, with changed: [Sum]) async throws(ClusterError) -> Sum {
        guard let tier = unit.tier.finer else { preconditionFailure("spans have no finer units") }
        let instants = unit.tier.instants(of: unit.number)
        let finer = tier.unit(of: instants.lowerBound)...tier.unit(of: instants.upperBound - 1)
        let new = changed.filter { $0.unit.tier == tier && finer.contains($0.unit.number) }
        let renewed = Set(new.map(\.unit.number))
        var totals = StartTotals()
        // A country stays, with 0, so that outside readers see it go.
        if let former = try await reader.totals(unit.tier, unit.number...unit.number).first {
            for country in former.totals.counts.keys { totals.add(country, 0) }
        }
        for known in try await reader.totals(tier, finer) where !renewed.contains(known.unit) {
            totals.add(known.totals)
        }
        for sum in new { totals.add(sum.totals) }
        return Sum(unit: unit, totals: totals)
    }
}
