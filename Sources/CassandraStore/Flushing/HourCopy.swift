/// Copies the hours of a month that have changed to `start_events_by_hour`, for outside readers.
///
/// A month keeps the version up to which that is done, so the next process completes what one that died left undone.
/// The version is the rows' write timestamp: an older copy that comes late changes nothing.
struct HourCopy: Sendable {
    let access: ClusterAccess
    let lifetime: Lifetime
    let bucket: Int64

    func run() async throws(ClusterError) {
        let reader = MonthReader(access: access, bucket: bucket)
        // Read serially, so that the sums contain everything decided up to the version.
        let state = try await reader.stateSerially()
        guard let version = state.version, version > state.copied else { return }
        let instants = Tier.month.instants(of: bucket)
        let hours = Tier.hour.unit(of: instants.lowerBound)...Tier.hour.unit(of: instants.upperBound - 1)
        let now = access.surroundings.wallClock.now.microseconds
        var statements: [Statement] = []
        for sum in try await reader.totals(.hour, hours) where sum.changed > state.copied {
            let ttl = lifetime.hours(Tier.hour.begin(of: sum.unit + 1), now: now)
            for (country, count) in sum.totals.counts.sorted(by: { $0.key < $1.key }) {
                statements.append(
                    .setHour(hour: sum.unit, country, count: max(0, count), version: sum.changed, ttl: ttl)
                )
            }
        }
        _ = try await concurrently(statements, limit: Flusher.width) {
            [access] statement throws(ClusterError) in
            try await access.write(statement)
        }
        try await access.write(.setCopiedVersion(bucket: bucket, version))
    }
}
