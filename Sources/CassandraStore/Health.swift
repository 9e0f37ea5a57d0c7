import Logging
import PlayerSessions
import Synchronization

/// Whether the cluster takes writes, and whether its clock and this machine's agree.
final class Health: Sendable {
    private struct State {
        var failure: String?
        var difference: String?
        /// What was wrong when it was last logged.
        var logged: String?
    }

    private let access: ClusterAccess
    private let logger: Logger
    private let state = Mutex(State())

    /// The most by which the clocks may differ, in µs: a minute.
    ///
    /// Expiry and which spans are over are judged by clocks; leases are not.
    static let maximumDifference = Microseconds.perMinute

    init(_ access: ClusterAccess, logger: Logger) {
        self.access = access
        self.logger = logger
    }

    /// `nil` while all is well, else what is not.
    var unreadiness: String? { state.withLock { $0.failure ?? $0.difference } }

    /// Takes note of how a batch went.
    func observe(_ result: Result<Void, ClusterError>) {
        state.withLock { state in
            if case .failure(let error) = result { state.failure = error.reason } else { state.failure = nil }
        }
    }

    /// Tries a write at quorum and compares clocks; logs when the store begins or ceases to take writes.
    func look() async {
        await examine()
        let (before, after) = state.withLock { state in
            let now = state.failure ?? state.difference
            defer { state.logged = now }
            return (state.logged, now)
        }
        if let after, before == nil {
            logger.log(.warning, "the store takes no writes", ["reason": after])
        } else if before != nil, after == nil {
            logger.log(.info, "the store takes writes again")
        }
    }

    private func examine() async {
        let now = access.surroundings.wallClock.now.microseconds
        observe(
            await Result { () async throws(ClusterError) in try await access.write(.probe(at: now)) }
        )
        guard let row = try? await access.rows(.readClock).first, let cluster = row[0].number else { return }
        let mine = access.surroundings.wallClock.now.microseconds
        let apart = abs(cluster * 1_000 - mine)
        let isTooFar = apart > Health.maximumDifference
        state.withLock { state in
            state.difference =
                isTooFar
                ? "the clocks of this machine and of the cluster differ by \(apart / Microseconds.perSecond) s"
                : nil
        }
    }
}
