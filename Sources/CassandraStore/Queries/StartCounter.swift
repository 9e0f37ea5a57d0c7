import PlayerSessions

/// Counts the starts of a window: the list of months, then each month's markers, then sums and rows.
///
/// Three trips whatever the window's length, where no more than the open ends are marked. A marker says that the sums
/// of its spans, and of all units around them, are not to be trusted; markers are read before sums, because a roller
/// removes a marker once the sums that it made right are at quorum.
struct StartCounter: Sendable {
    private let access: ClusterAccess
    private let rules: ProtocolRules

    /// How many reads of one count run at a time: as many as the rows of three spans need.
    static let width = 48
    /// How many reads of all counts of this process run at a time.
    ///
    /// A quarter of what the cluster is first asked at a time: after an import a count may need a hundred thousand
    /// reads, and batches must not stand in line behind them.
    static let maximumReads = RequestGate.firstWidth / 4

    /// Makes a counter; all counts of a process are to share one.
    init(access: ClusterAccess, rules: ProtocolRules) {
        let permits = Semaphore(permits: StartCounter.maximumReads)
        let cluster = LimitedCluster(base: access.cluster, permits: permits)
        self.access = ClusterAccess(cluster: cluster, surroundings: access.surroundings)
        self.rules = rules
    }

    /// The starts in [lower, upper), by country.
    func count(_ window: Range<Int64>) async throws(ClusterError) -> StartTotals {
        if window.isEmpty { return StartTotals() }
        let months = Tier.month.unit(of: window.lowerBound)...Tier.month.unit(of: window.upperBound - 1)
        let buckets = try await access.rows(.readBuckets).compactMap { $0[0].number }.filter(months.contains)
        let summed = try await concurrently(buckets, limit: StartCounter.width, into: Part()) {
            $0.add($1)
        } _: { bucket throws(ClusterError) in
            try await sums(of: window, in: bucket)
        }
        var total = summed.totals
        // The rows of all months together, so that a count takes no more of the cluster for being long.
        total.add(try await StartRows(access: access, width: StartCounter.width).count(summed.scans))
        return total
    }

    /// What sums know of a window, and the rows that are to be counted beside.
    private struct Part {
        var totals = StartTotals()
        var scans: [CoverPlan.Scan] = []

        mutating func add(_ other: Part) {
            totals.add(other.totals)
            scans += other.scans
        }
    }

    private func sums(of window: Range<Int64>, in bucket: Int64) async throws(ClusterError) -> Part {
        let reader = BucketReader(access: access, bucket: bucket)
        var early: [Tier: [Int64: StartTotals]]?
        if !rules.readsMarkersFirst { early = try await reader.allTotals() }
        let markers = try await reader.markedSpans()
        let plan = CoverPlan(window, bucket: bucket, marked: markers.spans)
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
        return Part(totals: total, scans: plan.scans)
    }
}

/// Counts rows of starts, shard by shard.
struct StartRows: Sendable {
    let access: ClusterAccess
    /// How many partitions are read at a time.
    let width: Int

    /// The starts of stretches of spans, by country.
    func count(_ scans: [CoverPlan.Scan]) async throws(ClusterError) -> StartTotals {
        let parts = scans.lazy.flatMap { scan in (0..<SessionKey.shards).lazy.map { (scan, $0) } }
        return try await concurrently(parts, limit: width, into: StartTotals()) {
            $0.add($1)
        } _: { [access] (part) throws(ClusterError) in
            let (scan, shard) = part
            var total = StartTotals()
            let statement = Statement.readStarts(
                span: scan.span,
                shard: shard,
                from: scan.instants.lowerBound,
                until: scan.instants.upperBound
            )
            try await access.forEachPage(statement) { rows in
                for row in rows {
                    if let country = row[0].bytes.flatMap({ CountryCode($0.span) }) { total.add(country) }
                }
            }
            return total
        }
    }
}
