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

    /// A span whose rows cannot be read, and why.
    struct Refusal: Sendable {
        var span: Int64
        var error: ClusterError
    }

    /// Reads rows and sums; what a batch then sets holds only as long as the bucket's version is the one before.
    func read() async throws(ClusterError) -> [Sum] {
        let (sums, refusals) = try await readRows()
        if let refusal = refusals.first { throw refusal.error }
        return try await addUnitsAround(sums)
    }

    /// The sums of the spans themselves, and those spans that cannot be read for good.
    func readRows() async throws(ClusterError) -> (sums: [Sum], refusals: [Refusal]) {
        var sums: [Sum] = []
        var refusals: [Refusal] = []
        for span in spans {
            let scan = CoverPlan.Scan(span: span, instants: Tier.span.instants(of: span))
            do throws(ClusterError) {
                let totals = try await StartRows(access: reader.access, width: Roller.width).count([scan])
                sums.append(Sum(unit: TierUnit(.span, ofSpan: span), totals: totals))
            } catch {
                if error.isTransient { throw error }
                refusals.append(Refusal(span: span, error: error))
            }
        }
        return (sums, refusals)
    }

    /// The sums of all spans, and behind them those of the hours, days and the month that they lie in.
    func addUnitsAround(_ own: [Sum]) async throws(ClusterError) -> [Sum] {
        var sums = own
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
