import PlayerSessions

/// Brings sums up to date for spans that are over, and removes the markers that asked for it.
///
/// Any number of processes may do so at a time. The order of the steps is what makes it right: the version, the
/// markers, the changes once more, the rows, the sums in one batch on the condition of the version, and once they are
/// at quorum the removal of the markers. Before them comes a look at the markers alone, at quorum: a month with nothing
/// to do costs that one read.
struct Roller: Sendable {
    let access: ClusterAccess
    let rules: ProtocolRules
    let lifetime: Lifetime
    let watch: MarkerWatch
    let copies: HourCopies

    /// The most batches of one bucket in one pass, so that an import's bucket does not keep others waiting.
    static let maximumBatches = 32
    /// How many statements run at a time: a roller is to leave the cluster to requests.
    static let width = 16
    /// The mean pause of one that was overtaken, in ns; twice as long each time, up to the longest.
    static let firstPause: Int64 = 100_000_000
    /// The longest of these pauses, in ns.
    static let longestPause: Int64 = 3_200_000_000
    /// After so many buckets in a row that failed a pass is over: it is the cluster that fails, and not a bucket.
    static let maximumFailures = 3

    /// What became of one attempt.
    private enum Outcome {
        case nothingToDo
        case done
        case overtaken
    }

    /// Visits every bucket once; gives how many batches were applied, and calls `didApply` as soon as each was.
    ///
    /// The order of the buckets is a random one, so that processes that begin together do not follow each other. A
    /// bucket that fails does not keep the others from their turn; the first error is thrown in the end. Where its task
    /// is cancelled a pass ends behind the batch that is under way.
    func pass(didApply: @Sendable () -> Void = {}) async throws(ClusterError) -> Int {
        var applied = 0
        var failure: ClusterError?
        var failuresInARow = 0
        for bucket in try await shuffledBuckets() {
            if Task.isCancelled || failuresInARow == Roller.maximumFailures { break }
            do throws(ClusterError) {
                applied += try await visit(bucket, didApply)
                failuresInARow = 0
            } catch {
                failure = failure ?? error
                failuresInARow += 1
            }
        }
        if let failure { throw failure }
        return applied
    }

    private func shuffledBuckets() async throws(ClusterError) -> [Int64] {
        var buckets = try await access.rows(.readBuckets).compactMap { $0[0].number }
        for index in buckets.indices.reversed() where index > 0 {
            buckets.swapAt(index, Int(access.surroundings.random(below: Int64(index + 1))))
        }
        return buckets
    }

    /// Sums what is ripe in a bucket and copies its hours; gives how many batches were applied.
    private func visit(_ bucket: Int64, _ didApply: @Sendable () -> Void) async throws(ClusterError) -> Int {
        let reader = BucketReader(access: access, bucket: bucket)
        var applied = 0
        if try await !plan(reader).isEmpty {
            var pause = Roller.firstPause
            attempts: for _ in 0..<Roller.maximumBatches where !Task.isCancelled {
                switch try await rollUp(reader) {
                case .nothingToDo: break attempts
                case .done:
                    applied += 1
                    didApply()
                case .overtaken:
                    // Two that always meet here would overtake each other for ever.
                    await access.surroundings.pause(about: pause)
                    pause = min(2 * pause, Roller.longestPause)
                }
            }
        }
        if !Task.isCancelled { try await copies.bringUpToDate(bucket) }
        return applied
    }

    /// What of a bucket is to be summed now, as its markers say.
    private func plan(_ reader: BucketReader) async throws(ClusterError) -> RollUpPlan {
        let marked = try await reader.markers()
        let watched = watch.observe(
            marked,
            in: reader.bucket,
            now: access.surroundings.elapsed(),
            age: rules.watchesLeases ? Lease.watch : 0
        )
        return RollUpPlan(
            marked,
            now: access.surroundings.wallClock.now,
            watched: watched,
            sumsAllSpans: rules.sumsAllSpans
        )
    }

    private func rollUp(_ reader: BucketReader) async throws(ClusterError) -> Outcome {
        let version = try await reader.version().version
        let plan = try await plan(reader)
        if plan.isEmpty { return .nothingToDo }
        if rules.writesChangesAgain { try await writeChanges(of: plan) }
        let sums = try await sums(of: plan, in: reader)
        // From here on the hours may have changed, whatever becomes of the batch.
        copies.expectChanges(in: reader.bucket)
        let outcome = try await apply(plan, sums, bucket: reader.bucket, version: version)
        if outcome == .done { watch.noteSums(of: plan.spans, under: plan.unfinished, in: reader.bucket) }
        return outcome
    }

    /// Writes what change markers name again: what of a move is on one replica only, or on its way, is then at quorum.
    private func writeChanges(of plan: RollUpPlan) async throws(ClusterError) {
        let changes = Set(plan.markers.compactMap(\.marker.change))
            .sorted { ($0.key, $0.winner.instant) < ($1.key, $1.winner.instant) }
        let now = access.surroundings.wallClock.now.microseconds
        let statements = changes.flatMap { $0.statements(lifetime, now: now) }
        _ = try await concurrently(statements, limit: Roller.width) {
            [access] statement throws(ClusterError) in
            try await access.write(statement)
        }
    }

    /// The sums that change: those of the spans, as their rows say, and of the units around them.
    private func sums(
        of plan: RollUpPlan,
        in reader: BucketReader
    ) async throws(ClusterError) -> [(tier: Tier, unit: Int64, totals: StartTotals)] {
        let units = plan.spans.map { (Tier.span, $0) } + Roller.units(around: plan.spans)
        let old = try await concurrently(units, limit: Roller.width) { unit throws(ClusterError) in
            try await reader.totals(unit.0, unit.1...unit.1).first?.totals ?? StartTotals()
        }
        var sums = zip(units, old).map { (tier: $0.0, unit: $0.1, totals: $1) }
        for index in plan.spans.indices {
            let span = plan.spans[index]
            let counted = try await StartRows(access: access, width: Roller.width).count([
                CoverPlan.Scan(span: span, instants: Tier.span.instants(of: span))
            ])
            let former = sums[index].totals
            sums[index].totals = counted
            for place in plan.spans.count..<sums.count
            where sums[place].tier.unit(ofSpan: span) == sums[place].unit {
                sums[place].totals.replace(former, by: counted)
            }
        }
        return sums
    }

    private static func units(around spans: [Int64]) -> [(Tier, Int64)] {
        [Tier.hour, .day, .month].flatMap { tier in
            Set(spans.map(tier.unit(ofSpan:))).sorted().map { (tier, $0) }
        }
    }

    private func apply(
        _ plan: RollUpPlan,
        _ sums: [(tier: Tier, unit: Int64, totals: StartTotals)],
        bucket: Int64,
        version: Int64?
    ) async throws(ClusterError) -> Outcome {
        // Compared for equality only, so that going round is harmless.
        let next = (version ?? 0) &+ 1
        let deletions = plan.markers.map { Statement.deleteMarker(span: $0.span, $0.marker.id) }
        if sums.isEmpty {
            try await remove(deletions)
            return .done
        }
        let settings = sums.map {
            Statement.setTotal(bucket: bucket, $0.tier, unit: $0.unit, $0.totals, version: next)
        }
        let condition = Statement.advanceVersion(bucket: bucket, from: version)
        if !rules.keepsMarkersUntilSums { try await remove(deletions) }
        if !rules.holdsVersion {
            let raise = Statement.setVersion(bucket: bucket, to: next)
            try await access.write(.unloggedBatch, [raise] + settings + deletions)
            return .done
        }
        do throws(ClusterError) {
            let batch = [condition] + settings + (rules.awaitsSums ? [] : deletions)
            let answer = try await access.run(Request(kind: .conditionalBatch, statements: batch))
            if !answer.isApplied { return .overtaken }
        } catch {
            // It may have been applied, or be applied later; the version shows it to whoever reads it next.
            guard error.isTransient else { throw error }
            return .overtaken
        }
        if rules.keepsMarkersUntilSums, rules.awaitsSums { try await remove(deletions) }
        return .done
    }

    /// Removes markers, if any.
    private func remove(_ deletions: [Statement]) async throws(ClusterError) {
        if !deletions.isEmpty { try await access.write(.unloggedBatch, deletions) }
    }
}
