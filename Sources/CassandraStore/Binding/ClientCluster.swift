internal import CQL

/// The store's cluster on a client of Apache Cassandra.
final class ClientCluster: Cluster {
    let statements: PreparedStatements
    private let client: CQL.Cluster
    private let levels: ConsistencyLevels
    private let gate = RequestGate(width: maximumRequests)

    /// How many requests are under way at a time: what one connection has room for.
    static let maximumRequests = 2_048

    /// Prepares every statement; the keyspace's tables must be there.
    init(
        _ client: CQL.Cluster,
        keyspace: String,
        consistency: ClusterAddress.Consistency
    ) async throws(CQLError) {
        self.client = client
        levels = ConsistencyLevels(consistency)
        statements = try await PreparedStatements(client, keyspace: keyspace)
    }

    /// See `Cluster`: on replicas of the first statement's partition, at the configured level.
    func run(_ request: Request) async throws(ClusterError) -> Page {
        await gate.enter()
        defer { gate.leave() }
        do throws(CQLError) {
            switch request.kind {
            case .single: return try await runSingle(request)
            case .unloggedBatch: return try Page(try await runBatch(request, .unlogged))
            case .loggedBatch: return try Page(try await runBatch(request, .logged))
            // The condition makes one decision of it; a log beside it would be in vain.
            case .conditionalBatch: return try Page(verdict: try await runBatch(request, .unlogged))
            }
        } catch {
            throw ClusterError(error, of: request.kind)
        }
    }

    /// See `Cluster`.
    func close() async { await client.close() }

    private func runSingle(_ request: Request) async throws(CQLError) -> Page {
        guard let statement = request.statements.first, request.statements.count == 1 else {
            throw CQLError(
                .invalidRequest("\(request.statements.count) statements in place of one"),
                execution: .notExecuted
            )
        }
        let prepared = try await statements.prepared(statement)
        let values = try BoundValues(statement, for: prepared)
        return try Page(try await client.execute(prepared, values, levels.options(of: request)))
    }

    private func runBatch(_ request: Request, _ kind: BatchKind) async throws(CQLError) -> Answer {
        var batch = StatementBatch(kind)
        for statement in request.statements {
            let prepared = try await statements.prepared(statement)
            batch.append(prepared, try BoundValues(statement, for: prepared))
        }
        return try await client.execute(batch, levels.options(of: request))
    }
}
