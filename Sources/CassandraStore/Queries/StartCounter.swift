import PlayerSessions

/// Counts the starts of a window, in two steps for each month.
///
/// The first reads the month's state, sums and last flush, all as of one moment. The second reads, concurrently, the
/// flushed starts of the spans that the window cuts, and the logs that are not flushed yet. What is logged when the
/// count begins is in one or the other. A log is removed long after it was flushed.
struct StartCounter: Sendable {
    private let access: ClusterAccess
    private let rules: ProtocolRules

    /// The concurrency limit of the reads of one count.
    static let width = 48
    /// The concurrency limit of the reads of all counts of this process.
    ///
    /// A quarter of the gate's first width, so that batches do not queue behind them.
    static let maximumReads = RequestGate.firstWidth / 4
    /// The most reads of a month: its logs may have been removed meanwhile.
    private static let maximumAttempts = 16
    /// Up to this many months of a window are read without first reading which months exist.
    static let enoughMonths = 3

    /// Creates a counter; all counts of a process must share one.
    init(access: ClusterAccess, rules: ProtocolRules) {
        let permits = Semaphore(permits: StartCounter.maximumReads)
        let cluster = LimitedCluster(base: access.cluster, permits: permits)
        self.access = ClusterAccess(cluster: cluster, surroundings: access.surroundings)
        self.rules = rules
    }

    /// Returns the starts in `window` by country.
    func count(_ window: Range<Int64>) async throws(ClusterError) -> StartTotals {
        if window.isEmpty { return StartTotals() }
        let months = Tier.month.unit(of: window.lowerBound)...Tier.month.unit(of: window.upperBound - 1)
        var buckets = Array(months.prefix(StartCounter.enoughMonths))
        if buckets.count < months.count {
            buckets = try await access.rows(.readBuckets).compactMap { $0[0].number }.filter(months.contains)
        }
        return try await concurrently(buckets, limit: StartCounter.width, into: StartTotals()) {
            $0.add($1)
        } _: { bucket throws(ClusterError) in
            try await count(window, in: bucket)
        }
    }

    private func count(_ window: Range<Int64>, in bucket: Int64) async throws(ClusterError) -> StartTotals {
        let reader = MonthReader(access: access, bucket: bucket)
        let plan = CoverPlan(window, bucket: bucket)
        for _ in 0..<StartCounter.maximumAttempts {
            let begin = access.surroundings.elapsed()
            var month = try await reader.month(plan.units, withLastFlush: !plan.cuts.isEmpty)
            let state = month.state
            guard let flushed = state.flushed else { return StartTotals() }
            if !rules.readsMonthAtOnce {
                month = try await reader.month(plan.units, withLastFlush: !plan.cuts.isEmpty)
            }
            var total = StartTotals()
            for unit in plan.units { if let sum = month.totals[unit] { total.add(sum) } }
            let parts = plan.cuts.map(Part.flushed) + state.unflushed().map(Part.logged)
            total = try await concurrently(parts, limit: StartCounter.width, into: total) {
                $0.add($1)
            } _: { [month] part throws(ClusterError) in
                switch part {
                case .flushed(let cut): try await self.flushed(cut, before: month.lastFlush, upTo: flushed)
                case .logged(let place): try await logged(window, in: bucket, place)
                }
            }
            // After a long stall, a log may have been flushed and removed before it was read.
            if access.surroundings.elapsed() - begin < FlushedLogs.delay / 2 { return total }
        }
        throw ClusterError(
            outcome: .notApplied,
            reason: "a month takes longer to read than its logs are kept"
        )
    }

    /// What is counted besides the sums.
    private enum Part: Sendable {
        /// The flushed starts of a span that the window cuts.
        case flushed(CoverPlan.Cut)
        /// A log that is not flushed.
        case logged(Place)
    }

    /// Returns the flushed starts of a span that the window cuts.
    ///
    /// Those of the last flush may not be entered by minutes yet, so they come from the copy beside the sums. A row
    /// entirely in the window needs only its totals; most are, because a log holds what came within a second or so.
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
        func key(_ row: Row) -> FlushedStarts.RowKey? {
            guard let minute = row[0].number, let generation = row[1].number, generation <= end,
                let process = row[2].number.map({ ProcessID(number: $0) })
            else { return nil }
            let key = FlushedStarts.RowKey(
                minute: minute,
                place: Place(generation: generation, process: process)
            )
            return last?.rows[key] == nil ? key : nil
        }
        var divided: [Int64: Set<FlushedStarts.RowKey>] = [:]
        try await access.forEachPage(.readFlushedTotals(span: cut.span, minutes: cut.minutes)) { rows in
            for row in rows {
                guard let key = key(row), let totals = row[3].bytes else { continue }
                // A row without its first and last instant may be anywhere in its minute.
                var instants = MinuteStarts.instants(ofMinute: key.minute)
                if let first = row[4].number, let last = row[5].number, first <= last,
                    instants.contains(first), instants.contains(last)
                {
                    instants = first..<last + 1
                }
                if cut.instants.contains(instants) {
                    total.add(StartTotals(packed: totals))
                } else if cut.instants.overlaps(instants) {
                    divided[key.minute, default: []].insert(key)
                }
            }
        }
        for (minute, keys) in divided {
            let generations = keys.map(\.place.generation)
            let range = (generations.min() ?? end)...(generations.max() ?? end)
            try await access.forEachPage(.readFlushed(minute: minute, generations: range)) { rows in
                for row in rows {
                    guard let key = key(row), keys.contains(key), let starts = row[3].bytes else { continue }
                    MinuteStarts.count(starts, minute: minute, in: cut.instants, into: &total)
                }
            }
        }
        return total
    }

    /// Returns the starts of a log that is not flushed.
    private func logged(
        _ window: Range<Int64>,
        in bucket: Int64,
        _ place: Place
    ) async throws(ClusterError) -> StartTotals {
        var total = StartTotals()
        let statement = Statement.readLoggedStarts(
            bucket: bucket,
            place,
            from: window.lowerBound,
            until: window.upperBound
        )
        try await access.forEachPage(statement) { rows in
            for row in rows {
                if let country = row[1].bytes.flatMap({ CountryCode($0.span) }), let change = row[2].number {
                    total.add(country, change < 0 ? -1 : 1)
                }
            }
        }
        return total
    }
}
