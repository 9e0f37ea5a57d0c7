import Logging
import Synchronization

/// Looks whether the keyspace is still the one that this process opened.
///
/// Tables that are truncated, or restored from a snapshot, take markers with them that this process believes in. It finds
/// that within seconds, by its trace, and marks again what it has told starts to since: if all tables were set back
/// together, counts are right then. For the rest there is `player-sessions rebuild`.
final class KeyspaceWatch: Sendable {
    private let core: StoreCore
    private let settings: KeyspaceSettings
    private let trace: ProcessTrace
    private let logger: Logger
    /// Whether the keyspace was set back, and not all that follows from it is done.
    private let isSetBack = Mutex(false)
    /// Why this process must not touch the keyspace any more.
    private let mismatch = Mutex<ClusterError?>(nil)

    init(_ core: StoreCore, settings: KeyspaceSettings, logger: Logger) {
        self.core = core
        self.settings = settings
        trace = ProcessTrace(core.access)
        self.logger = logger
    }

    /// Looks back and leaves a new trace.
    ///
    /// - Throws: An error where the cluster takes no writes, or the keyspace is not one for this process any more.
    func look() async throws(ClusterError) {
        if try await trace.isLost() { note() }
        try await trace.leave()
        if isSetBack.withLock({ $0 }) {
            try await judge { () throws(ClusterError) in try await settings.check() }
            try await core.forget()
            isSetBack.withLock { $0 = false }
            logger.log(.info, "starts of the minutes before it was noticed are marked to be summed again")
        } else {
            try await judge { () throws(ClusterError) in try await settings.checkDecisions() }
        }
    }

    /// Why nothing may be stored, summed or answered; `nil` while the keyspace is this process's.
    var refusal: ClusterError? { mismatch.withLock { $0 } }

    private func judge(_ check: () async throws(ClusterError) -> Void) async throws(ClusterError) {
        do throws(ClusterError) {
            try await check()
            mismatch.withLock { $0 = nil }
        } catch {
            if !error.isTransient { mismatch.withLock { $0 = error } }
            throw error
        }
    }

    private func note() {
        let isNew = isSetBack.withLock { known in
            defer { known = true }
            return !known
        }
        guard isNew else { return }
        logger.log(
            .warning,
            "the keyspace was truncated or restored under the running service: counts may be wrong until "
                + "player-sessions rebuild has made the sums anew"
        )
    }
}
