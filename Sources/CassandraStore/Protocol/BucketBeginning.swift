import PlayerSessions

extension BucketReader {
    /// What a month says of its generations; gives it a beginning where it has none.
    ///
    /// Its generations count from `first`, or from those that belong to the time.
    func begun(first known: Int64? = nil) async throws(ClusterError) -> BucketState {
        while true {
            let state = try await state()
            if state.flushed != nil { return state }
            let now = access.surroundings.wallClock.now.microseconds
            // What others log already is to be flushed.
            let registered = state.registrations.values.map(\.first).min()
            let first = min(known ?? Place.firstGeneration(at: now), registered ?? .max)
            let version = max((state.version ?? 0) &+ 1, now / 1_000)
            let condition = Statement.advanceVersion(
                bucket: bucket,
                from: state.version,
                to: version,
                flushed: first - 1
            )
            // The sum of the month says the version to whoever reads sums.
            let month = Statement.setTotal(
                bucket: bucket,
                .month,
                unit: bucket,
                StartTotals(),
                version: version
            )
            _ = try await access.run(Request(kind: .conditionalBatch, statements: [condition, month]))
            // Whoever was first: what it set is at quorum behind this read.
            let decided = try await stateSerially()
            if decided.flushed != nil { return decided }
        }
    }
}
