/// Finds logs that were flushed by processes which ended before they removed them.
struct LeakedLogs: Sendable {
    let flusher: Flusher

    private var access: ClusterAccess { flusher.access }

    /// Hands on flushed logs to be removed.
    ///
    /// One of which an entry is not among the flushed starts is left to `Rebuild`. It costs a look at each log that there is:
    /// those of the last minutes, as a rule.
    func collect() async throws(ClusterError) {
        var logs: [Int64: [Place]] = [:]
        for row in try await access.rows(.scanLogs) {
            if let log = Place.ofLog(row) { logs[log.bucket, default: []].append(log.place) }
        }
        for (bucket, places) in logs.sorted(by: { $0.key < $1.key }) {
            let reader = BucketReader(access: access, bucket: bucket)
            let state = try await reader.stateSerially()
            try await flusher.finishFormer(reader, state)
            for place in places where place.generation <= state.flushed ?? .min {
                if Task.isCancelled { return }
                if flusher.garbage.holds(place, in: bucket) { continue }
                let missing = try await LogReview(access: access, bucket: bucket).missing(in: place)
                if missing.isEmpty { flusher.garbage.add([place], in: bucket) }
            }
        }
    }
}
