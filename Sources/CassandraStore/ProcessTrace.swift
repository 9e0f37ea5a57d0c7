import Synchronization

/// Settings that only this process writes, to detect that the keyspace was truncated or restored under it.
///
/// Then what a quorum took is gone, or older than it was. There are two settings, written in turn. A check writes one
/// and then reads the other: whatever happened since the last check has removed that one, however close to the new
/// write it came.
final class ProcessTrace: Sendable {
    /// What a check found.
    enum Finding: Sendable {
        /// What was written is there.
        case kept
        /// It is gone or older: tables were set back.
        case lost
        /// What was written is so old that it may have expired.
        case expired
    }

    /// A write that a quorum took.
    private struct Mark {
        /// The value that was written, in µs.
        var instant: Int64
        /// When it was sent, in ns of elapsed time.
        var time: Int64
    }

    private struct State {
        /// The last value that was sent, in µs.
        var sent: Int64 = 0
        var marks: [Mark?] = [nil, nil]
        /// The index of the one to write next.
        var next = 0
    }

    private let access: ClusterAccess
    private let ids: [String]
    private let state = Mutex(State())

    /// The maximum age of a mark that is checked, in ns: half of the time after which the rows expire, a day.
    ///
    /// The cluster may have been unreachable, or the machine suspended, for that long.
    static let maximumAge: Int64 = 43_200_000_000_000

    init(_ access: ClusterAccess) {
        self.access = access
        let id = String(access.surroundings.random(), radix: 16)
        ids = [id + " 0", id + " 1"]
    }

    /// Leaves a new trace and checks the one before.
    func renew() async throws(ClusterError) -> Finding {
        try await leave()
        let finding = try await look()
        state.withLock { state in
            // What was not found cannot be lost again. If the read failed, it is repeated by the next check.
            if finding != .kept { state.marks[1 - state.next] = nil }
            if finding == .lost { state.marks = [nil, nil] }
            state.next = 1 - state.next
        }
        return finding
    }

    /// Leaves another trace, which the next check reads.
    func leaveAnother() async throws(ClusterError) {
        try await leave()
        state.withLock { $0.next = 1 - $0.next }
    }

    /// Writes one of the two, without retries, so that a cluster that does not respond is noticed after one request's
    /// time.
    func leave() async throws(ClusterError) {
        let now = access.surroundings.wallClock.now.microseconds
        let time = access.surroundings.elapsed()
        // The clock may be set back; the written value must not be.
        let (instant, next) = state.withLock { state in
            state.sent = max(state.sent + 1, now)
            return (state.sent, state.next)
        }
        _ = try await access.cluster.run(.single(.probe(id: ids[next], at: instant)))
        state.withLock { $0.marks[next] = Mark(instant: instant, time: time) }
    }

    /// Checks whether the other one is as it was written.
    private func look() async throws(ClusterError) -> Finding {
        let (mark, place) = state.withLock { ($0.marks[1 - $0.next], 1 - $0.next) }
        guard let mark else { return .kept }
        guard access.surroundings.elapsed() - mark.time < ProcessTrace.maximumAge else { return .expired }
        let name = Statement.probeSetting(ids[place])
        let answer = try await access.cluster.run(.single(.readSetting(name)))
        guard let bytes = answer.rows.first?[0].bytes,
            let known = Int64(String(decoding: bytes, as: UTF8.self))
        else { return .lost }
        return known < mark.instant ? .lost : .kept
    }
}
