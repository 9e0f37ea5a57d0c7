import PlayerSessions

/// Counts the starts of a window: the list of months, then each month's markers, then sums and rows.
///
/// Three trips whatever the window's length. A marker says that the sums of its span, and of all units around
/// it, are not to be trusted; markers are read before sums, because a roller removes a marker once the sums that it
/// made right are at quorum.
struct StartCounter: Sendable {
    let access: ClusterAccess
    let rules: ProtocolRules

    /// How many months, or partitions of rows, are read at a time.
    static let width = 48

    /// The starts in [lower, upper), by country.
    func count(_ window: Range<Int64>) async throws(ClusterError) -> StartTotals {
        var total = StartTotals()
        if window.isEmpty { return total }
        let months = Tier.month.unit(of: window.lowerBound)...Tier.month.unit(of: window.upperBound - 1)
        let buckets = try await access.rows(.readBuckets).compactMap { $0[0].number }.filter(months.contains)
        let parts = try await concurrently(buckets, limit: StartCounter.width) {
            bucket throws(ClusterError) in
            try await count(window, in: bucket)
        }
        for part in parts { total.add(part) }
        return total
    }

    private func count(_ window: Range<Int64>, in bucket: Int64) async throws(ClusterError) -> StartTotals {
        let reader = BucketReader(access: access, bucket: bucket)
        var early: [Tier: [Int64: StartTotals]]?
        if !rules.readsMarkersFirst { early = try await reader.allTotals() }
        let markers = try await reader.markers()
        let marked = Set(markers.list.map(\.span)).sorted()
        let plan = CoverPlan(window, bucket: bucket, marked: marked)
        var total = StartTotals()
        var missing: [(Tier, ClosedRange<Int64>, Set<Int64>)] = []
        for tier in Tier.allCases {
            let units = plan.units[tier] ?? []
            if let early {
                for unit in units { if let known = early[tier]?[unit] { total.add(known) } }
            } else if tier == .month, !units.isEmpty {
                total.add(markers.monthTotal)
            } else {
                missing += CoverPlan.stretches(units).map { (tier, $0, Set(units)) }
            }
        }
        let sums = try await concurrently(missing, limit: StartCounter.width) { part throws(ClusterError) in
            try await reader.totals(part.0, part.1).filter { part.2.contains($0.unit) }
        }
        for sum in sums.joined() { total.add(sum.totals) }
        total.add(try await StartRows(access: access).count(plan.scans))
        return total
    }
}

/// Counts rows of starts, shard by shard.
struct StartRows: Sendable {
    let access: ClusterAccess

    /// The starts of stretches of spans, by country.
    func count(_ scans: [(span: Int64, instants: Range<Int64>)]) async throws(ClusterError) -> StartTotals {
        let statements = scans.flatMap { scan in
            (0..<SessionKey.shards).map { shard in
                Statement.readStarts(
                    span: scan.span,
                    shard: shard,
                    from: scan.instants.lowerBound,
                    until: scan.instants.upperBound
                )
            }
        }
        let parts = try await concurrently(statements, limit: StartCounter.width) {
            [access] statement throws(ClusterError) in
            var part = StartTotals()
            try await access.forEachPage(statement) { rows in
                for row in rows {
                    if let country = row[0].bytes.flatMap({ CountryCode($0.span) }) { part.add(country) }
                }
            }
            return part
        }
        var total = StartTotals()
        for part in parts { total.add(part) }
        return total
    }
}
