internal import CQL
import Logging
import Metrics
import PlayerSessions

extension CassandraStore {
    /// Opens the store of a keyspace; creates a missing one if `makesMissing` is true.
    ///
    /// Waits up to `startPatience` for a cluster that cannot be reached yet or lacks nodes.
    ///
    /// - Throws: An error of the kind `unusable` if the cluster cannot be reached, or if the keyspace belongs to
    ///   another program or version, or cannot be created; of the kind `closing` if the task was cancelled.
    public static func open(
        _ address: ClusterAddress,
        options: Options,
        makesMissing: Bool,
        clock: WallClock = .system,
        metrics: MetricsRegistry,
        logger: Logger
    ) async throws(SessionStoreError) -> CassandraStore {
        let surroundings = Surroundings.system(wallClock: clock)
        let patience = OpeningPatience(options.startPatience, surroundings: surroundings, logger: logger)
        let opening = ClusterOpening(
            address: address,
            surroundings: surroundings,
            patience: patience,
            logger: logger
        )
        let client = try await opening.connect()
        return try await opening.use(client) { () throws(SessionStoreError) in
            _ = try await opening.prepareKeyspace(client, makesMissing: makesMissing)
            let store = try await CassandraStore(
                try await opening.bind(client, metrics: metrics),
                keyspace: address.keyspace,
                decisions: opening.decisions(client),
                options: options,
                surroundings: surroundings,
                patience: patience,
                metrics: metrics,
                logger: logger
            )
            if Task.isCancelled {
                await store.close()
                throw .unusable(keyspace: address.keyspace, "the client is closed")
            }
            logger.log(
                .info,
                "store opened",
                ["keyspace": address.keyspace, "nodes": client.nodes.count]
            )
            return store
        }
    }

    /// Creates a keyspace and its tables if they are missing, and checks existing ones.
    ///
    /// Waits up to `startPatience` for a cluster that is not ready yet.
    ///
    /// - Returns: What was created, one line each; empty if everything existed.
    /// - Throws: As `open` does.
    public static func makeKeyspace(
        _ address: ClusterAddress,
        startPatience: Duration = .zero,
        logger: Logger
    ) async throws(SessionStoreError) -> [String] {
        let surroundings = Surroundings.system(wallClock: .system)
        let patience = OpeningPatience(startPatience, surroundings: surroundings, logger: logger)
        let opening = ClusterOpening(
            address: address,
            surroundings: surroundings,
            patience: patience,
            logger: logger
        )
        let client = try await opening.connect()
        return try await opening.use(client) { () throws(SessionStoreError) in
            let made = try await opening.prepareKeyspace(client, makesMissing: true)
            let cluster = try await opening.bind(client, metrics: MetricsRegistry())
            let access = ClusterAccess(cluster: cluster, surroundings: surroundings)
            try await KeyspaceSettings(access: access, decisions: opening.decisions(client))
                .check(opening: address.keyspace, patience)
            await client.close()
            return made
        }
    }

    /// Returns the CQL that creates a keyspace and its tables, to be run by hand.
    public static func schema(_ address: ClusterAddress) -> String { Schema.script(address) }
}
