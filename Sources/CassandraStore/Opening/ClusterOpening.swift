internal import CQL
import Logging
import Metrics
import PlayerSessions

/// The steps from an address to a cluster that a store can use.
struct ClusterOpening {
    let address: ClusterAddress
    let surroundings: Surroundings
    let patience: OpeningPatience
    let logger: Logger

    /// The most attempts at preparing statements, until all nodes know the tables.
    private static let maximumPreparations = 20
    /// The timeout of a request in all: two nodes that do not respond, one after the other.
    private static let requestTimeout = Duration.seconds(6)
    /// The longest pause between attempts to reach a lost node: how late its return may be noticed.
    private static let longestReconnectPause = Duration.seconds(5)
    /// The most pending requests: the store's, and some of the opening's own.
    private static let maximumRequests = 2 * RequestGate.maximumWidth

    /// Connects to the nodes.
    func connect() async throws(SessionStoreError) -> CQL.Cluster {
        var configuration = ClusterConfiguration(
            contactPoints: address.nodes.map { ContactPoint(host: $0.host, port: $0.port) }
        )
        configuration.credentials = address.login.map { Credentials(user: $0.user, password: $0.password) }
        configuration.encryption = address.encryption.map {
            Encryption(certificateAuthorityFile: $0.certificateAuthorityFile)
        }
        configuration.localDataCenter = address.dataCenter
        // At QUORUM it does not matter who coordinates, and another data centre is better than none.
        configuration.usesRemoteDataCenters = address.consistency == .quorum
        configuration.requestTimeout = ClusterOpening.requestTimeout
        configuration.longestReconnectPause = ClusterOpening.longestReconnectPause
        configuration.maximumPendingRequests = ClusterOpening.maximumRequests
        configuration.startPatience = patience.left
        configuration.observe = { [logger, patience] in ClusterOpening.log($0, logger, patience) }
        do throws(CQLError) {
            return try await CQL.Cluster.connect(configuration)
        } catch {
            throw ending(
                SessionStoreError(.unusable, operation: "reach the cluster", reason: error.description)
            )
        }
    }

    /// Ensures that the keyspace exists, and logs what an operator should know about it; returns what was created.
    func prepareKeyspace(
        _ client: CQL.Cluster,
        makesMissing: Bool
    ) async throws(SessionStoreError) -> [String] {
        let dataCenter = try localDataCenter(client)
        let maker = KeyspaceMaker(
            client: client,
            address: address,
            dataCenter: dataCenter,
            patience: patience,
            logger: logger
        )
        let (keyspace, made) = try await maker.run(makesMissing: makesMissing)
        let review = KeyspaceReview(address: address, dataCenter: dataCenter, logger: logger)
        try review.judge(keyspace)
        await review.warnOfCommitLog(client)
        return made
    }

    /// Prepares the store's statements.
    func bind(
        _ client: CQL.Cluster,
        metrics: MetricsRegistry
    ) async throws(SessionStoreError) -> ClientCluster {
        let limit = ClusterOpening.maximumPreparations
        var isFirst = true
        let cluster = try await patience.attempt(upTo: limit) { () throws(OpeningFault) in
            if !isFirst { await client.awaitSchemaAgreement() }
            isFirst = false
            do throws(CQLError) {
                return try await ClientCluster(
                    client,
                    keyspace: address.keyspace,
                    consistency: address.consistency,
                    elapsed: surroundings.elapsed,
                    metrics: metrics
                )
            } catch {
                throw OpeningFault(error, opening: address.keyspace)
            }
        }
        if let refusal = cluster.refusalOfReadsTogether {
            logger.log(
                .warning,
                "reads of several sessions in one request are refused; each goes alone, at some cost",
                ["reason": refusal]
            )
        }
        return cluster
    }

    /// Runs the steps after connecting; closes the client if they fail or the task is cancelled.
    ///
    /// Cancelling the task makes pending requests fail at once: a schema change may take 30 seconds.
    func use<Success: Sendable>(
        _ client: CQL.Cluster,
        _ steps: () async throws(SessionStoreError) -> Success
    ) async throws(SessionStoreError) -> Success {
        let result = await withTaskCancellationHandler { () async -> Result<Success, SessionStoreError> in
            do throws(SessionStoreError) { return .success(try await steps()) } catch {
                return .failure(error)
            }
        } onCancel: {
            Task { await client.close() }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error):
            await client.close()
            throw ending(error)
        }
    }

    /// Returns the data centre whose nodes coordinate.
    ///
    /// If the cluster has several, the address must name one: two processes that each took the first one they met could
    /// have sums decided in two data centres independently.
    private func localDataCenter(_ client: CQL.Cluster) throws(SessionStoreError) -> String {
        let there = Set(client.nodes.map(\.dataCenter)).sorted()
        let isSaid = address.dataCenter != nil
        guard let dataCenter = address.dataCenter ?? there.first, isSaid || there.count == 1 else {
            throw .unusable(
                keyspace: address.keyspace,
                "the cluster has the data centres \(there.joined(separator: ", ")), and the address does not say "
                    + "in which of them this service is",
                hint: "add datacenter=\(there.first ?? "NAME") to the address, as in "
                    + "cassandra://HOST/\(address.keyspace)?datacenter=\(there.first ?? "NAME"); with LOCAL_QUORUM all "
                    + "processes must have the same one"
            )
        }
        logger.log(
            .info,
            "data centre",
            [
                "name": dataCenter, "chosen_by": isSaid ? "the address" : "there is no other",
                "consistency": address.consistency == .quorum ? "QUORUM" : "LOCAL_QUORUM",
            ]
        )
        return dataCenter
    }

    /// Returns how sums are decided, as the keyspace stores it.
    func decisions(_ client: CQL.Cluster) -> String {
        switch address.consistency {
        case .quorum: "SERIAL"
        case .localQuorum:
            "LOCAL_SERIAL \(address.dataCenter ?? client.nodes.first?.dataCenter ?? "")"
        }
    }

    /// Returns the error that an opening ends with: `closing` if the task was cancelled.
    func ending(_ error: SessionStoreError) -> SessionStoreError {
        guard Task.isCancelled else { return error }
        return SessionStoreError(.closing, operation: error.operation, reason: "it was told to stop")
    }

    private static func log(_ event: ClusterEvent, _ logger: Logger, _ patience: OpeningPatience) {
        let level: Logger.Level
        switch event {
        case .waiting(let error): return patience.say(error.description)
        case .nodeDown, .nodeUnreached, .detour: level = .warning
        case .nodeUp, .topology: level = .info
        // Every attempt to reach nodes that are down, and every long batch.
        case .controlLost, .connectionFailed, .warning: level = .debug
        }
        guard logger.isEnabled(level) else { return }
        logger.log(level, "cluster", ["event": event.description])
    }
}
