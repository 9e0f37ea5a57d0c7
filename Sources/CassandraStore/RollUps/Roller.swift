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
    let writer: SessionWriter
    let watch: MarkerWatch
    let copies: HourCopies

    /// The most batches of one bucket in one pass, so that an import's bucket does not keep others waiting.
    static let maximumBatches = 32
    /// How many statements run at a time: a roller is to leave the cluster to requests.
    static let width = 16
    /// After so many buckets in a row that failed a pass is over: it is the cluster that fails, and not a bucket.
    static let maximumFailures = 3

    /// What became of one attempt.
    private enum Outcome {
        case nothingToDo
        case done
        case overtaken
        /// Something was set aside, without which the next attempt plans.
        case setAside
    }

    /// Visits every bucket once; gives how many batches were applied, and calls `didApply` as soon as each was.
    ///
    /// The order of the buckets is a random one, so that processes that begin together do not follow each other. A
    /// bucket that fails does not keep the others from their turn, nor does a session or a span of one; the first error
    /// is thrown in the end. Where its task is cancelled a pass ends behind the batch that is under way.
    func pass(didApply: @Sendable () -> Void = {}) async throws(ClusterError) -> Int {
        var applied = 0
        var failure: ClusterError?
        var failuresInARow = 0
        for bucket in try await shuffledBuckets() {
            if Task.isCancelled || failuresInARow == Roller.maximumFailures { break }
            do throws(ClusterError) {
                let visit = try await visit(bucket, didApply)
                applied += visit.applied
                failure = failure ?? visit.refusal
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

    /// Sums what is ripe in a bucket and copies its hours; gives how many batches were applied, and why something was set
    /// aside.
    private func visit(
        _ bucket: Int64,
        _ didApply: @Sendable () -> Void
    ) async throws(ClusterError) -> (applied: Int, refusal: ClusterError?) {
        var aside = SetAside()
        let reader = BucketReader(access: access, bucket: bucket)
        var applied = 0
        if try await !plan(reader, aside).isEmpty {
            var pause = GrowingPause()
            attempts: for _ in 0..<Roller.maximumBatches where !Task.isCancelled {
                switch try await rollUp(reader, &aside) {
                case .nothingToDo: break attempts
                case .setAside: continue
                case .done:
                    applied += 1
                    didApply()
                case .overtaken:
                    // Two that always meet here would overtake each other for ever.
                    await access.surroundings.pause(about: pause.next())
                }
            }
        }
        if !Task.isCancelled { try await copies.bringUpToDate(bucket) }
        return (applied, aside.reason)
    }

    /// What of a bucket is to be summed now, as its markers say.
    private func plan(
        _ reader: BucketReader,
        _ aside: SetAside
    ) async throws(ClusterError) -> RollUpPlan {
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
            sumsAllSpans: rules.sumsAllSpans,
            setAside: aside
        )
    }

    private func rollUp(
        _ reader: BucketReader,
        _ aside: inout SetAside
    ) async throws(ClusterError) -> Outcome {
        let version = try await reader.version().version
        let plan = try await plan(reader, aside)
        if plan.isEmpty { return .nothingToDo }
        if rules.writesChangesAgain, try await !writeChanges(of: plan, &aside) { return .setAside }
        let spanSums = SpanSums(reader: reader, spans: plan.spans)
        let (own, refusals) = try await spanSums.readRows()
        for refusal in refusals { aside.add(span: refusal.span, because: refusal.error) }
        if !refusals.isEmpty { return .setAside }
        let sums = try await spanSums.addUnitsAround(own)
        // From here on the hours may have changed, whatever becomes of the batch.
        copies.expectChanges(in: reader.bucket)
        let deletions = plan.markers.map { Statement.deleteMarker(span: $0.span, $0.marker.id) }
        let outcome = try await apply(sums, deletions, bucket: reader.bucket, version: version)
        if outcome == .done { watch.noteSums(of: plan.spans, under: plan.unfinished, in: reader.bucket) }
        return outcome
    }

    /// Brings what change markers name in order: a move that still holds is written again; of any other, only its deletions.
    ///
    /// What of a move is on one replica only, or on its way, is at quorum then. Returns `false` where that was refused
    /// for good of some sessions, which are set aside.
    private func writeChanges(
        of plan: RollUpPlan,
        _ aside: inout SetAside
    ) async throws(ClusterError) -> Bool {
        let changes = Dictionary(grouping: Set(plan.markers.compactMap(\.marker.change)), by: \.key)
            .sorted { $0.key < $1.key }
        let refusals = try await concurrently(changes, limit: Roller.width) {
            [writer] change throws(ClusterError) -> ClusterError? in
            let ordered = change.value.sorted { $0.packed.lexicographicallyPrecedes($1.packed) }
            do throws(ClusterError) {
                try await writer.writeAgain(ordered, of: change.key)
                return nil
            } catch {
                if error.isTransient { throw error }
                return error
            }
        }
        for (change, refusal) in zip(changes, refusals) {
            if let refusal { aside.add(change.key, because: refusal) }
        }
        return refusals.allSatisfy { $0 == nil }
    }

    /// Makes the sums of some spans anew whatever their markers say, which stay; returns whether that was not overtaken.
    func sum(_ spans: [Int64], in reader: BucketReader) async throws(ClusterError) -> Bool {
        let version = try await reader.version().version
        let sums = try await SpanSums(reader: reader, spans: spans).read()
        copies.expectChanges(in: reader.bucket)
        return try await apply(sums, [], bucket: reader.bucket, version: version) == .done
    }

    /// The version behind another one: the time in ms, so that versions go on rising where the sums were truncated and
    /// what was copied from them was not.
    private func version(behind version: Int64?) -> Int64 {
        max((version ?? 0) &+ 1, access.surroundings.wallClock.now.microseconds / 1_000)
    }

    private func apply(
        _ sums: [SpanSums.Sum],
        _ deletions: [Statement],
        bucket: Int64,
        version: Int64?
    ) async throws(ClusterError) -> Outcome {
        let next = self.version(behind: version)
        if sums.isEmpty {
            try await remove(deletions)
            return .done
        }
        let settings = sums.map {
            Statement.setTotal(bucket: bucket, $0.unit.tier, unit: $0.unit.number, $0.totals, version: next)
        }
        let condition = Statement.advanceVersion(bucket: bucket, from: version, to: next)
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
