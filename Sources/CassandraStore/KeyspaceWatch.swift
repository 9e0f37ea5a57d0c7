import Logging
import Synchronization

/// Watches whether the keyspace is still the one that this process opened.
///
/// If tables are truncated, or restored from a snapshot, registrations that this process relies on are lost. It notices
/// within seconds, by its trace, and registers again where it has logged starts since: if all tables were set back
/// together, counts are right from then on. Otherwise `player-sessions rebuild` is needed.
final class KeyspaceWatch: Sendable {
    private let core: StoreCore
    private let settings: KeyspaceSettings
    private let trace: ProcessTrace
    private let logger: Logger
    /// Why the keyspace is in doubt; `nil` once everything that follows is done.
    private let doubt = Mutex<Doubt?>(nil)
    /// Why this process must no longer touch the keyspace.
    private let mismatch = Mutex<ClusterError?>(nil)

    /// Why the keyspace may not be the one that was opened.
    private enum Doubt {
        /// It was set back.
        case setBack
        /// The last trace is too old to tell.
        case unknown
    }

    init(_ core: StoreCore, settings: KeyspaceSettings, logger: Logger) {
        self.core = core
        self.settings = settings
        trace = ProcessTrace(core.access)
        self.logger = logger
    }

    /// Checks the last trace and leaves a new one.
    ///
    /// - Throws: An error if the cluster takes no writes, or the keyspace is no longer one for this process.
    func look() async throws(ClusterError) {
        switch try await trace.renew() {
        case .kept: break
        case .lost: noteSetBack()
        case .expired: doubt.withLock { $0 = $0 ?? .unknown }
        }
        guard let doubt = doubt.withLock({ $0 }) else {
            return try await judge { () throws(ClusterError) in try await settings.checkDecisions() }
        }
        // It shows the next check whether it happened again while the rest was done.
        try await trace.leaveAnother()
        try await judge { () throws(ClusterError) in try await settings.check() }
        try await core.forget()
        self.doubt.withLock { $0 = nil }
        guard doubt == .setBack else { return }
        logger.log(.info, "starts of the seconds before it was noticed are counted again")
    }

    /// Why nothing may be stored, summed or queried; `nil` while the keyspace is this process's.
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

    private func noteSetBack() {
        let isNew = doubt.withLock { known in
            defer { known = .setBack }
            return known != .setBack
        }
        guard isNew else { return }
        logger.log(
            .warning,
            "the keyspace was truncated or restored under the running service: counts may be wrong until "
                + "player-sessions rebuild has made the sums anew"
        )
    }
}
