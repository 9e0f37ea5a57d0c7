import Synchronization

/// The logs that this process has flushed and that wait to be removed.
///
/// They wait for longer than any query lasts: a query that read the sums before the flush reads these logs afterwards.
/// Logs that are lost with the process stay on the disk until `LeakedLogs` finds them.
final class FlushedLogs: Sendable {
    private struct Log {
        var place: Place
        var due: Int64
    }

    private let access: ClusterAccess
    private let rules: ProtocolRules
    private let logs = Mutex<[Int64: [Log]]>([:])

    /// How long a log waits, in ns: two minutes, more than a query may take.
    static let delay: Int64 = 120_000_000_000

    init(_ access: ClusterAccess, rules: ProtocolRules) {
        self.access = access
        self.rules = rules
    }

    /// Returns whether a log waits to be removed.
    func holds(_ place: Place, in bucket: Int64) -> Bool {
        logs.withLock { $0[bucket]?.contains { $0.place == place } ?? false }
    }

    /// Queues logs for removal.
    func add(_ places: [Place], in bucket: Int64) {
        let due = access.surroundings.elapsed() + (rules.keepsFlushedLogs ? FlushedLogs.delay : 0)
        logs.withLock { logs in logs[bucket, default: []] += places.map { Log(place: $0, due: due) } }
    }

    /// Drops the logs: what was flushed may have been set back.
    func forget() { logs.withLock { $0 = [:] } }

    /// Removes the logs of a month that have waited long enough; logs that cannot be removed stay on the disk.
    func remove(_ bucket: Int64) async throws(ClusterError) {
        let now = access.surroundings.elapsed()
        let due: [Place] = logs.withLock { logs in
            let all = logs[bucket] ?? []
            let rest = all.filter { $0.due > now }
            logs[bucket] = rest.isEmpty ? nil : rest
            return all.filter { $0.due <= now }.map(\.place)
        }
        if due.isEmpty { return }
        // The month may have been set back meanwhile, so that these generations are no longer flushed.
        let flushed = try await MonthReader(access: access, bucket: bucket).stateSerially().flushed ?? .min
        let places = due.filter { $0.generation <= flushed }
        _ = try await concurrently(places, limit: Flusher.width) { [access] place throws(ClusterError) in
            try await access.write(.deleteLog(bucket: bucket, place))
        }
    }
}

/// Finds flushed logs of processes that ended before they removed them.
struct LeakedLogs: Sendable {
    let flusher: Flusher

    private var access: ClusterAccess { flusher.access }

    /// Queues flushed logs for removal.
    ///
    /// A log with an entry that is not among the flushed starts is left to `Rebuild`. The cost is a look at every log,
    /// usually those of the last minutes.
    func collect() async throws(ClusterError) {
        var logs: [Int64: [Place]] = [:]
        for row in try await access.rows(.scanLogs) {
            if let log = Place.ofLog(row) { logs[log.bucket, default: []].append(log.place) }
        }
        for (bucket, places) in logs.sorted(by: { $0.key < $1.key }) {
            let reader = MonthReader(access: access, bucket: bucket)
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
