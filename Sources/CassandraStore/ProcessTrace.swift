import Synchronization

/// A setting that this process alone writes again and again: where it is gone, or older than what was written last, the
/// keyspace was truncated or restored under the running process.
final class ProcessTrace: Sendable {
    private struct State {
        /// The last write that was sent, in µs, and the last that a quorum took.
        var sent: Int64 = 0
        var acknowledged: Int64?
    }

    private let access: ClusterAccess
    private let id: String
    private let state = Mutex(State())

    init(_ access: ClusterAccess) {
        self.access = access
        id = String(access.surroundings.random(), radix: 16)
    }

    /// Writes it; sent once, so that a cluster which does not answer is known after the time of one request.
    func leave() async throws(ClusterError) {
        let now = access.surroundings.wallClock.now.microseconds
        // The clock may be set back; the write must not.
        let instant = state.withLock { state in
            state.sent = max(state.sent + 1, now)
            return state.sent
        }
        _ = try await access.cluster.run(.single(.probe(id: id, at: instant)))
        state.withLock { $0.acknowledged = max($0.acknowledged ?? instant, instant) }
    }

    /// Whether what was written is not there any more.
    func isLost() async throws(ClusterError) -> Bool {
        guard let acknowledged = state.withLock(\.acknowledged) else { return false }
        let answer = try await access.cluster.run(.single(.readSetting(Statement.probeSetting(id))))
        guard let bytes = answer.rows.first?[0].bytes,
            let known = Int64(String(decoding: bytes, as: UTF8.self))
        else { return true }
        return known < acknowledged
    }
}
