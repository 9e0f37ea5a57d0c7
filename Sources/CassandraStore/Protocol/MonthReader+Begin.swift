import PlayerSessions

extension MonthReader {
    /// Returns the state of the month, which it begins if nobody has.
    ///
    /// Its generations start at `first`, or at that of the current time.
    func begun(first known: Int64? = nil) async throws(ClusterError) -> MonthState {
        while true {
            let state = try await state()
            if state.flushed != nil { return state }
            let now = access.surroundings.wallClock.now.microseconds
            // What others log already must be flushed, too.
            let registered = state.registrations.values.map(\.first).min()
            let first = min(known ?? Place.firstGeneration(at: now), registered ?? .max)
            let version = max((state.version ?? 0) &+ 1, now / 1_000)
            let condition = Statement.advanceVersion(
                bucket: bucket,
                from: state.version,
                to: version,
                flushed: first - 1
            )
            // Reads of sums take the version from the row of the month's sum.
            let month = Statement.setTotal(
                bucket: bucket,
                .month,
                unit: bucket,
                StartTotals(),
                version: version
            )
            _ = try await access.run(Request(kind: .conditionalBatch, statements: [condition, month]))
            // Whichever process began the month, its values are at quorum after this read.
            let decided = try await stateSerially()
            if decided.flushed != nil { return decided }
        }
    }
}
