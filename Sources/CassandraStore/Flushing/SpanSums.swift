/// The sums of some spans of a month, from their flushed starts, and of the units around them.
///
/// Each unit around them is summed from the finer ones, not changed by the difference, so that a wrong sum becomes
/// right.
struct SpanSums: Sendable {
    let reader: MonthReader
    let spans: [Int64]
    /// The generation up to which everything is flushed, and entered in `flushed_starts`.
    let flushed: Int64

    struct Sum: Sendable {
        var unit: TierUnit
        var totals: StartTotals
        /// The highest generation of the flushed starts, if the unit is a span.
        var generation = Int64.min
    }

    /// Returns the new sums, which are valid only while the month's version stays the same.
    func read() async throws(ClusterError) -> [Sum] {
        var sums = try await concurrently(spans, limit: Flusher.width) { span throws(ClusterError) in
            try await sum(ofSpan: span)
        }
        for tier in [Tier.hour, .day, .month] {
            let units = Set(spans.map { TierUnit(tier, ofSpan: $0) }).sorted { $0.number < $1.number }
            let finer = sums
            sums += try await concurrently(units, limit: Flusher.width) { unit throws(ClusterError) in
                try await sum(of: unit, with: finer)
            }
        }
        return sums
    }

    private func sum(ofSpan span: Int64) async throws(ClusterError) -> Sum {
        let cut = CoverPlan.Cut(span: span, instants: Tier.span.instants(of: span))
        var totals = StartTotals()
        var highest = Int64.min
        let now = reader.access.surroundings.wallClock.now.microseconds
        try await reader.access.forEachPage(.readFlushedTotals(span: span, minutes: cut.minutes)) { rows in
            for row in rows {
                guard let generation = row[1].number,
                    generation <= max(flushed, Place.maximumGeneration(at: now))
                else { continue }
                highest = max(highest, generation)
                if generation > flushed { continue }
                totals.add(StartTotals(packed: row[3].bytes ?? []))
            }
        }
        return Sum(unit: TierUnit(.span, ofSpan: span), totals: totals, generation: highest)
    }

    /// Returns the sum of a unit from its finer ones, of which those in `changed` are new.
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
