import Synchronization

/// Makes the sums of all months anew from the rows of starts, while other processes take events.
///
/// What makes it right is what makes a roller right: the version is read before the rows, the sums are set on the condition
/// of that version, and whoever tells a start has marked its span before. Only markers that are gone without having been
/// summed, because tables were truncated or restored, could fail it: so it waits first until no process can have a lease
/// from before.
struct Rebuild: Sendable {
    /// How far it came.
    enum Progress: Sendable {
        /// It waits for leases to run out, for so many more ns.
        case waiting(Int64)
        /// It has found so many spans that have rows.
        case scanning(Int)
        /// It has summed so many spans of so many.
        case summing(Int, of: Int)
    }

    let roller: Roller
    let buckets: BucketRegistry
    /// Whether the person stopped it; it then ends behind the batches that are under way.
    let isStopped: @Sendable () -> Bool
    let report: @Sendable (Progress) -> Void

    /// How many months are summed at a time.
    static let width = 4
    /// How often a batch that was overtaken, or that the cluster did not take, is tried: for about a minute.
    static let maximumAttempts = 24
    /// How often it says how long it still waits, in ns.
    private static let slice: Int64 = 1_000_000_000

    private var access: ClusterAccess { roller.access }

    /// Sums everything; `waits` is false only where no process has taken events for longer than leases last.
    ///
    /// - Returns: How many spans were summed; `nil` where the person stopped it.
    func run(waits: Bool) async throws(ClusterError) -> Int? {
        if waits { await awaitLeases() }
        let found = try await spansWithRows()
        if isStopped() { return nil }
        try await buckets.register(Set(found.keys))
        let known = try await patiently { () throws(ClusterError) in try await access.rows(.readBuckets) }
        let months = Set(known.compactMap { $0[0].number }).sorted()
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
        return isStopped() ? nil : done.withLock { $0 }
    }

    private func awaitLeases() async {
        let end = access.surroundings.elapsed() + Lease.watch
        while case let left = end - access.surroundings.elapsed(), left > 0, !isStopped() {
            report(.waiting(left))
            await access.surroundings.sleep(min(left, Rebuild.slice))
        }
    }

    /// The spans that have rows, by month.
    private func spansWithRows() async throws(ClusterError) -> [Int64: Set<Int64>] {
        var spans: [Int64: Set<Int64>] = [:]
        var count = 0
        var page: PagingState?
        repeat {
            let request = Request.single(.scanSpans, page: page)
            let answer = try await patiently { () throws(ClusterError) in try await access.run(request) }
            for row in answer.rows {
                guard let span = row[0].number, Tier.possibleSpans.contains(span) else { continue }
                let isNew = spans[Tier.bucket(ofSpan: span), default: []].insert(span).inserted
                if isNew { count += 1 }
            }
            report(.scanning(count))
            page = answer.next
        } while page != nil && !isStopped()
        return spans
    }

    private func sum(
        _ month: Int64,
        _ found: Set<Int64>,
        _ summed: (Int) -> Void
    ) async throws(ClusterError) {
        let reader = BucketReader(access: access, bucket: month)
        let sums = try await patiently { () throws(ClusterError) in try await reader.allTotals() }
        let spans = Rebuild.spans(found, sums).sorted()
        for begin in stride(from: 0, to: spans.count, by: RollUpPlan.maximumSpans) {
            if isStopped() { return }
            let some = Array(spans[begin..<min(begin + RollUpPlan.maximumSpans, spans.count)])
            try await patiently { () throws(ClusterError) in
                guard try await roller.sum(some, in: reader) else {
                    throw ClusterError(outcome: .unknown, reason: "others sum the same month all the time")
                }
            }
            summed(some.count)
        }
        try await patiently { () throws(ClusterError) in try await roller.copies.bringUpToDate(month) }
    }

    /// The spans to sum: those with rows, those with sums, and one of each unit that has a sum and none of these.
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

    /// Tries again for about a minute what a moment may mend.
    private func patiently<Success: Sendable>(
        _ body: () async throws(ClusterError) -> Success
    ) async throws(ClusterError) -> Success {
        var pause = GrowingPause()
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
