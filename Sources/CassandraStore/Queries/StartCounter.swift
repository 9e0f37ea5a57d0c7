import PlayerSessions

/// Counts the starts of a window: the list of months; then what each month says of its generations; then its sums, the
/// flushed starts of the spans that the window cuts, and the log of what is not flushed yet.
///
/// The sums of a month and up to where it is flushed come from one read, and the log from a later one: what is logged at
/// the beginning of the count is in the one or in the other. A log is removed long after it was flushed.
struct StartCounter: Sendable {
    private let access: ClusterAccess
    private let rules: ProtocolRules

    /// How many reads of one count run at a time.
    static let width = 48
    /// How many reads of all counts of this process run at a time.
    ///
    /// A quarter of what the cluster is first asked at a time, so that batches do not stand in line behind them.
    static let maximumReads = RequestGate.firstWidth / 4
    /// How often a month is read again because it was flushed meanwhile.
    private static let maximumAttempts = 16

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
        return try await concurrently(buckets, limit: StartCounter.width, into: StartTotals()) {
            $0.add($1)
        } _: { bucket throws(ClusterError) in
            try await count(window, in: bucket)
        }
    }

    private func count(_ window: Range<Int64>, in bucket: Int64) async throws(ClusterError) -> StartTotals {
        let reader = BucketReader(access: access, bucket: bucket)
        let plan = CoverPlan(window, bucket: bucket)
        var pause = GrowingPause()
        for _ in 0..<StartCounter.maximumAttempts {
            let begin = access.surroundings.elapsed()
            let state = try await reader.state()
            guard let flushed = state.flushed else { return StartTotals() }
            guard let units = try await reader.units(plan.units, withLastFlush: !plan.cuts.isEmpty),
                units.version == state.version || !rules.readsAtOneVersion
            else {
                await access.surroundings.pause(about: pause.next())
                continue
            }
            var total = StartTotals()
            for sum in units.totals where plan.units.contains(sum.key) { total.add(sum.value) }
            for cut in plan.cuts {
                total.add(try await self.flushed(cut, before: units.lastFlush, upTo: flushed))
            }
            total.add(try await logged(window, in: bucket, state.unflushed()))
            // Whoever stood still for long may have read a log that was flushed and removed meanwhile.
            if access.surroundings.elapsed() - begin < FlushedLogs.delay / 2 { return total }
        }
        throw ClusterError(outcome: .notApplied, reason: "a month is flushed faster than it can be read")
    }

    /// The flushed starts of a cut span.
    ///
    /// Those of the last flush may not have been entered yet, so they come from what is kept with the sums.
    private func flushed(
        _ cut: CoverPlan.Cut,
        before last: FlushedStarts?,
        upTo flushed: Int64
    ) async throws(ClusterError) -> StartTotals {
        var total = StartTotals()
        for (key, starts) in last?.rows ?? [:] {
            MinuteStarts.count(starts.starts, minute: key.minute, in: cut.instants, into: &total)
        }
        let end = last?.generation ?? flushed
        let whole = cut.wholeMinutes
        var statements = cut.cutMinutes.map { Statement.readFlushed(span: cut.span, minutes: $0...$0) }
        if let first = whole.first, let last = whole.last {
            statements.append(.readFlushedTotals(span: cut.span, minutes: first...last))
        }
        return try await concurrently(statements, limit: StartCounter.width, into: total) {
            $0.add($1)
        } _: { [access] statement throws(ClusterError) in
            var total = StartTotals()
            try await access.forEachPage(statement) { rows in
                for row in rows {
                    guard let minute = row[0].number, let generation = row[1].number, generation <= end,
                        let process = row[2].number.map({ ProcessID(number: $0) }), let content = row[3].bytes
                    else { continue }
                    let place = Place(generation: generation, process: process)
                    if last?.rows[FlushedStarts.RowKey(minute: minute, place: place)] != nil { continue }
                    if case .readFlushed = statement {
                        MinuteStarts.count(content, minute: minute, in: cut.instants, into: &total)
                    } else {
                        total.add(StartTotals(packed: content))
                    }
                }
            }
            return total
        }
    }

    /// The starts that are logged and not flushed.
    private func logged(
        _ window: Range<Int64>,
        in bucket: Int64,
        _ places: [Place]
    ) async throws(ClusterError) -> StartTotals {
        try await concurrently(places, limit: StartCounter.width, into: StartTotals()) {
            $0.add($1)
        } _: { [access] place throws(ClusterError) in
            var total = StartTotals()
            let statement = Statement.readLoggedStarts(
                bucket: bucket,
                place,
                from: window.lowerBound,
                until: window.upperBound
            )
            try await access.forEachPage(statement) { rows in
                for row in rows {
                    if let country = row[1].bytes.flatMap({ CountryCode($0.span) }),
                        let change = row[2].number
                    {
                        total.add(country, change < 0 ? -1 : 1)
                    }
                }
            }
            return total
        }
    }
}
