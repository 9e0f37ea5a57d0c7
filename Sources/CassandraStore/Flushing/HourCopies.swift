import Synchronization

/// The months whose hours are known to be copied, so that a pass does not ask about idle months again.
final class HourCopies: Sendable {
    private let access: ClusterAccess
    private let lifetime: Lifetime
    private struct State {
        /// When each month's hours were last found to be copied, in ns of elapsed time.
        var copied: [Int64: Int64] = [:]
        /// How often changes were expected, in any month.
        var changes = 0
    }

    private let state = Mutex(State())

    /// The time after which a month is checked in any case, in ns: an hour.
    ///
    /// Another process may have written sums there and died before it copied them.
    static let patience: Int64 = 3_600_000_000_000

    init(_ access: ClusterAccess, lifetime: Lifetime) {
        self.access = access
        self.lifetime = lifetime
    }

    /// Forgets that a month's hours are copied, because they are about to change.
    func expectChanges(in bucket: Int64) {
        state.withLock { state in
            state.copied[bucket] = nil
            state.changes += 1
        }
    }

    /// Forgets what was copied: it may have been set back.
    func forget() {
        state.withLock { state in
            state.copied = [:]
            state.changes += 1
        }
    }

    /// Copies a month's hours, unless they are known to be copied.
    func bringUpToDate(_ bucket: Int64) async throws(ClusterError) {
        let now = access.surroundings.elapsed()
        let (last, changes) = state.withLock { ($0.copied[bucket], $0.changes) }
        if let last, now - last < HourCopies.patience { return }
        try await HourCopy(access: access, lifetime: lifetime, bucket: bucket).run()
        // What changed during the copy may not be in it.
        state.withLock { state in if state.changes == changes { state.copied[bucket] = now } }
    }
}
