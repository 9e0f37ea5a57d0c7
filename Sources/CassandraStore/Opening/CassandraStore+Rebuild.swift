internal import CQL
import Logging
import Metrics
import PlayerSessions

/// The progress of a rebuild of the sums.
public enum RebuildProgress: Sendable, Hashable {
    /// Waiting this many more seconds, until no service can log starts under an earlier registration.
    case waiting(seconds: Int)
    /// Found starts in this many spans of ten minutes so far.
    case scanning(spans: Int)
    /// Summed this many spans of the given total.
    case summing(spans: Int, of: Int)
}

extension CassandraStore {
    /// Options of a rebuild.
    public struct RebuildOptions: Sendable {
        /// How long sessions are kept; determines the TTLs of the hours for outside readers.
        public var retention = Retention.forever
        /// Whether to wait until earlier registrations lapse; unnecessary only if no service has run for that long.
        public var waitsForLeases = true
        /// Whether to take over a keyspace whose sums were decided in another data centre, or at another consistency.
        public var takesOver = false

        /// Creates options with the defaults.
        public init() {}
    }

    /// Rebuilds all sums of a keyspace from the flushed starts; services may run meanwhile.
    ///
    /// - Returns: How many spans of ten minutes were summed; `nil` if `isStopped` ended it, after which the next
    ///   rebuild starts over.
    /// - Throws: An error of the kind `unusable` if `open` throws one, and of another kind if the cluster does not
    ///   respond for a minute.
    public static func rebuild(
        _ address: ClusterAddress,
        options: RebuildOptions,
        logger: Logger,
        isStopped: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (RebuildProgress) -> Void
    ) async throws(SessionStoreError) -> Int? {
        let surroundings = Surroundings.system(wallClock: .system)
        // No patience: the operator sees if the cluster cannot be reached.
        let patience = OpeningPatience(.zero, surroundings: surroundings, logger: logger)
        let opening = ClusterOpening(
            address: address,
            surroundings: surroundings,
            patience: patience,
            logger: logger
        )
        let client = try await opening.connect()
        return try await opening.use(client) { () throws(SessionStoreError) in
            _ = try await opening.prepareKeyspace(client, makesMissing: false)
            let cluster = try await opening.bind(client, metrics: MetricsRegistry())
            let core = StoreCore(cluster, surroundings: surroundings, retention: options.retention)
            let settings = KeyspaceSettings(
                access: core.access,
                decisions: opening.decisions(client),
                takesOver: options.takesOver
            )
            try await settings.check(opening: address.keyspace, patience)
            let result = await Result { () async throws(ClusterError) in
                let spans = try await core.rebuild(waits: options.waitsForLeases, isStopped: isStopped) {
                    report(RebuildProgress($0))
                }
                if spans != nil, options.takesOver { try await settings.endTakeOver() }
                return spans
            }
            let spans = try result.mapError { $0.storeError("rebuild the sums") }.get()
            await client.close()
            return spans
        }
    }
}

extension RebuildProgress {
    fileprivate init(_ progress: Rebuild.Progress) {
        self =
            switch progress {
            case .waiting(let nanoseconds):
                .waiting(seconds: Int((nanoseconds + 999_999_999) / 1_000_000_000))
            case .scanning(let spans): .scanning(spans: spans)
            case .summing(let done, let total): .summing(spans: done, of: total)
            }
    }
}
