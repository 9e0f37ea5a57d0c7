internal import CQL
import Logging
import Metrics
import PlayerSessions

/// How far the rebuilding of sums came.
public enum RebuildProgress: Sendable, Hashable {
    /// It waits for so many seconds more, until no service can log starts under a registration from before.
    case waiting(seconds: Int)
    /// It has found starts in so many spans of ten minutes.
    case scanning(spans: Int)
    /// It has summed so many spans of so many.
    case summing(spans: Int, of: Int)
}

extension CassandraStore {
    /// How a rebuild goes about its work.
    public struct RebuildOptions: Sendable {
        /// How long sessions are kept: by it the hours for outside readers get their TTLs.
        public var retention = Retention.forever
        /// Whether it waits until registrations from before have lapsed; needless only where no service has run for so long.
        public var waitsForLeases = true
        /// Whether a keyspace whose sums were decided in another data centre, or at another consistency, is taken over.
        public var takesOver = false

        /// Makes options with the defaults.
        public init() {}
    }

    /// Makes all sums of a keyspace anew from the flushed starts; services may run meanwhile.
    ///
    /// - Returns: How many spans of ten minutes were summed; `nil` where `isStopped` ended it, after which the next begins
    ///   at the beginning.
    /// - Throws: An error of the kind `unusable` where `open` throws one, and of another kind where the cluster does not
    ///   answer for a minute.
    public static func rebuild(
        _ address: ClusterAddress,
        options: RebuildOptions,
        logger: Logger,
        isStopped: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (RebuildProgress) -> Void
    ) async throws(SessionStoreError) -> Int? {
        let surroundings = Surroundings.system(wallClock: .system)
        // Who rebuilds is there to see that the cluster is not.
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
