import Synchronization

/// Recomputes the sums of all months from the flushed starts, while other processes take events.
///
/// It is correct for the same reason as a flush: the version is read before the starts, and the sums are set on the
/// condition of that version. If tables were truncated or restored, processes may go on for a moment under
/// registrations that are gone, so it first waits until no process can have one from before.
struct Rebuild: Sendable {
    /// How far a rebuild has come.
    enum Progress: Sendable {
        /// It waits for registrations to lapse, for this many more ns.
        case waiting(Int64)
        /// It has found this many spans with flushed starts.
        case scanning(Int)
        /// It has summed this many spans, of this many in total.
        case summing(Int, of: Int)
    }

    let writer: SessionWriter
    let buckets: MonthList
    /// Whether the user stopped it; it then ends after the batches in progress.
    let isStopped: @Sendable () -> Bool
    let report: @Sendable (Progress) -> Void

    /// The most spans that one batch sums.
    static let maximumSpans = 16
    /// How many months are summed concurrently.
    static let width = 4
    /// How often a step that was overtaken, or that the cluster did not take, is tried: for about a minute.
    static let maximumAttempts = 24
    /// How often it reports how long it still waits, in ns.
    private static let slice: Int64 = 1_000_000_000

    private var flusher: Flusher { writer.flusher }
    private var access: ClusterAccess { writer.access }

    /// Recomputes all sums; `waits` may be false only if no process has taken events for longer than leases last.
    ///
    /// - Returns: How many spans were summed; `nil` if the user stopped it.
    func run(waits: Bool) async throws(ClusterError) -> Int? {
        if waits { await awaitLeases() }
        let settled = try await settleLogs()
        let settledAt = access.surroundings.elapsed()
        if isStopped() { return nil }
        let found = try await spansWithStarts()
        if isStopped() { return nil }
        try await buckets.register(Set(found.keys))
        let known = try await patiently { () throws(ClusterError) in try await access.rows(.readBuckets) }
        let months = Set(known.compactMap { $0[0].number }.filter(Tier.possibleMonths.contains)).sorted()
        let total = months.reduce(0) { $0 + (found[$1]?.count ?? 0) }
        let done = Mutex(0)
        _ = try await concurrently(months, limit: Rebuild.width) { month throws(ClusterError) in
            try await sum(month, found[month] ?? []) { count in
                let sum = done.withLock { done in
                    done += count
                    return done
                }
                report(.summing(sum, of: max(sum, total)))
            }
        }
        try await remove(settled, settled: settledAt)
        await writer.registrar.resign()
        return isStopped() ? nil : done.withLock { $0 }
    }

    private func awaitLeases() async {
        let end = access.surroundings.elapsed() + Lease.watch
        while case let left = end - access.surroundings.elapsed(), left > 0, !isStopped() {
            report(.waiting(left))
            await access.surroundings.sleep(min(left, Rebuild.slice))
        }
    }

    /// Settles the sessions of logged entries that are neither flushed nor will be, because tables were truncated or
    /// restored, and returns the logs that need not be kept then.
    private func settleLogs() async throws(ClusterError) -> [Int64: [Place]] {
        var logs: [Int64: [Place]] = [:]
        try await scan(.scanLogs) { row in
            if let log = Place.ofLog(row) { logs[log.bucket, default: []].append(log.place) }
        }
        try await buckets.register(Set(logs.keys))
        var settled: [Int64: [Place]] = [:]
        for (bucket, places) in logs.sorted(by: { $0.key < $1.key }) {
            let reader = MonthReader(access: access, bucket: bucket)
            let state = try await patiently { () throws(ClusterError) in
                let state = try await reader.begun()
                try await flusher.finishFormer(reader, state)
                return state
            }
            let covered = Set(state.unflushed())
            for place in places.sorted(by: { $0.generation < $1.generation }) where !covered.contains(place) {
                if isStopped() { return settled }
                let missing = try await patiently { () throws(ClusterError) in
                    try await LogReview(access: access, bucket: bucket).missing(in: place)
                }
                if missing.isEmpty { continue }
                _ = try await concurrently(missing, limit: Flusher.width) { entry throws(ClusterError) in
                    try await patiently { () throws(ClusterError) in try await writer.settle(entry) }
                }
                settled[bucket, default: []].append(place)
            }
        }
        return settled
    }

    /// Removes logs that were settled, once no query can be reading them.
    private func remove(_ logs: [Int64: [Place]], settled instant: Int64) async throws(ClusterError) {
        let left = instant + FlushedLogs.delay - access.surroundings.elapsed()
        if logs.isEmpty || isStopped() { return }
        if left > 0 { await access.surroundings.sleep(left) }
        for (bucket, places) in logs.sorted(by: { $0.key < $1.key }) {
            let flushed = try await MonthReader(access: access, bucket: bucket).stateSerially().flushed
            for place in places where place.generation <= flushed ?? .min {
                try await patiently { () throws(ClusterError) in
                    try await access.write(.deleteLog(bucket: bucket, place))
                }
            }
        }
    }

    /// Calls `body` with each row of a scan of a whole table.
    private func scan(_ statement: Statement, _ body: (Row) -> Void) async throws(ClusterError) {
        var page: PagingState?
        repeat {
            let request = Request.single(statement, page: page)
            let answer = try await patiently { () throws(ClusterError) in try await access.run(request) }
            answer.rows.forEach(body)
            page = answer.next
        } while page != nil && !isStopped()
    }

    /// Returns the spans that have flushed starts, by month.
    private func spansWithStarts() async throws(ClusterError) -> [Int64: Set<Int64>] {
        var spans: [Int64: Set<Int64>] = [:]
        var count = 0
        try await scan(.scanSpans) { row in
            guard let span = row[0].number, Tier.possibleSpans.contains(span) else { return }
            if spans[Tier.bucket(ofSpan: span), default: []].insert(span).inserted { count += 1 }
            if count % 1_000 == 1 { report(.scanning(count)) }
        }
        report(.scanning(count))
        return spans
    }

    private func sum(
        _ month: Int64,
        _ found: Set<Int64>,
        _ summed: (Int) -> Void
    ) async throws(ClusterError) {
        let reader = MonthReader(access: access, bucket: month)
        _ = try await patiently { () throws(ClusterError) in try await reader.begun() }
        let sums = try await patiently { () throws(ClusterError) in try await reader.allTotals() }
        let spans = Rebuild.spans(found, sums).sorted()
        var rest = spans[...]
        while !rest.isEmpty {
            if isStopped() { return }
            let width = Mutex(Rebuild.maximumSpans)
            let count = try await patiently { [rest] () throws(ClusterError) in
                let some = Array(rest.prefix(width.withLock { $0 }))
                let summing = try await flusher.sum(some, in: reader)
                if summing == .done { return some.count }
                // A smaller batch takes less time, and so fits between two flushes.
                width.withLock { $0 = max(1, $0 / 2) }
                guard case .behind(let generation) = summing else {
                    throw ClusterError(outcome: .unknown, reason: "others sum the same month all the time")
                }
                try await writer.flush(month, upTo: generation)
                throw ClusterError(outcome: .unknown, reason: "a month has starts of generations to come")
            }
            rest = rest.dropFirst(count)
            summed(count)
        }
        try await patiently { () throws(ClusterError) in try await flusher.copies.bringUpToDate(month) }
    }

    /// Returns the spans to sum: those with flushed starts, those with sums, and one of each unit with a sum and none
    /// of these.
    private static func spans(_ found: Set<Int64>, _ sums: [Tier: [Int64: StartTotals]]) -> Set<Int64> {
        var spans = found.union(sums[.span, default: [:]].keys)
        for tier in [Tier.hour, .day, .month] {
            let covered = Set(spans.map(tier.unit(ofSpan:)))
            for unit in sums[tier, default: [:]].keys where !covered.contains(unit) {
                spans.insert(tier.spans(of: unit).lowerBound)
            }
        }
        return spans
    }

    /// Retries `body` after transient errors for about a minute.
    private func patiently<Success: Sendable>(
        _ body: () async throws(ClusterError) -> Success
    ) async throws(ClusterError) -> Success {
        var pause = Backoff()
        for _ in 1..<Rebuild.maximumAttempts where !isStopped() {
            do throws(ClusterError) {
                return try await body()
            } catch {
                guard error.isTransient else { throw error }
            }
            await access.surroundings.pause(about: pause.next())
        }
        return try await body()
    }
}
