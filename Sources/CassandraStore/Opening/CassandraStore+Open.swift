internal import CQL
import Logging
import Metrics
import PlayerSessions

extension CassandraStore {
    /// Opens the store of a keyspace; one that is missing is made where `makesMissing` says so.
    ///
    /// - Throws: An error of the kind `unusable` where the cluster cannot be reached, or the keyspace is of another
    ///   program or of another version, or cannot be made.
    public static func open(
        _ address: ClusterAddress,
        options: Options,
        makesMissing: Bool,
        clock: WallClock = .system,
        metrics: MetricsRegistry,
        logger: Logger
    ) async throws(SessionStoreError) -> CassandraStore {
        let surroundings = Surroundings.system(wallClock: clock)
        let opening = ClusterOpening(address: address, surroundings: surroundings, logger: logger)
        let client = try await opening.connect()
        do throws(SessionStoreError) {
            _ = try await opening.prepareKeyspace(client, makesMissing: makesMissing)
            let store = try await CassandraStore(
                try await opening.bind(client, metrics: metrics),
                keyspace: address.keyspace,
                options: options,
                surroundings: surroundings,
                metrics: metrics,
                logger: logger
            )
            logger.log(
                .info,
                "store opened",
                ["keyspace": address.keyspace, "nodes": client.nodes.count]
            )
            return store
        } catch {
            await client.close()
            throw error
        }
    }

    /// Makes a keyspace and its tables where they are missing, and checks those that are there.
    ///
    /// - Returns: What was made, a line each; nothing where all was there.
    /// - Throws: As `open` does.
    public static func makeKeyspace(
        _ address: ClusterAddress,
        logger: Logger
    ) async throws(SessionStoreError) -> [String] {
        let surroundings = Surroundings.system(wallClock: .system)
        let opening = ClusterOpening(address: address, surroundings: surroundings, logger: logger)
        let client = try await opening.connect()
        do throws(SessionStoreError) {
            let made = try await opening.prepareKeyspace(client, makesMissing: true)
            let cluster = try await opening.bind(client, metrics: MetricsRegistry())
            let access = ClusterAccess(cluster: cluster, surroundings: surroundings)
            try await KeyspaceSettings(access: access).check(opening: address.keyspace)
            await client.close()
            return made
        } catch {
            await client.close()
            throw error
        }
    }

    /// The CQL that makes a keyspace and its tables, for whoever makes them by hand.
    public static func schema(_ address: ClusterAddress) -> String { Schema.script(address) }
}
