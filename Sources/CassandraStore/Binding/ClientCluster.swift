internal import CQL
import Metrics

/// The store's cluster on a client of Apache Cassandra.
final class ClientCluster: Cluster {
    let statements: PreparedStatements
    private let client: CQL.Cluster
    private let levels: ConsistencyLevels
    private let metrics: ClientMetrics
    private let gate: RequestGate
    private let elapsed: @Sendable () -> Int64

    /// Prepares every statement; the keyspace's tables must be there.
    ///
    /// `elapsed` is the machine's time in ns.
    init(
        _ client: CQL.Cluster,
        keyspace: String,
        consistency: ClusterAddress.Consistency,
        elapsed: @escaping @Sendable () -> Int64,
        metrics registry: MetricsRegistry
    ) async throws(CQLError) {
        self.client = client
        self.elapsed = elapsed
        gate = RequestGate(elapsed: elapsed)
        metrics = ClientMetrics(registry, client)
        levels = ConsistencyLevels(consistency)
        statements = try await PreparedStatements(client, keyspace: keyspace)
    }

    /// See `Cluster`: on replicas of the first statement's partition, at the configured level.
    func run(_ request: Request) async throws(ClusterError) -> Page {
        if !request.isProbe { try await gate.enter() }
        let begin = elapsed()
        var failure: CQLError?
        defer {
            if !request.isProbe {
                gate.leave(RequestGate.Pace(request, failure, nanoseconds: elapsed() - begin))
            }
        }
        do throws(CQLError) {
            let page = try await perform(request)
            metrics.count(request)
            return page
        } catch {
            failure = error
            throw ClusterError(error, of: request.kind)
        }
    }

    /// See `Cluster`.
    func close() async { await client.close() }

    /// See `Cluster`: the client's own thread.
    var executor: (any TaskExecutor)? { client.executor }

    private func perform(_ request: Request) async throws(CQLError) -> Page {
        switch request.kind {
        case .single: try await runSingle(request)
        case .unloggedBatch: try Page(try await runBatch(request, .unlogged))
        case .loggedBatch: try Page(try await runBatch(request, .logged))
        // The condition makes one decision of it; a log beside it would be in vain.
        case .conditionalBatch: try Page(verdict: try await runBatch(request, .unlogged))
        }
    }

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

extension Request {
    /// Whether it asks for rows.
    var isRead: Bool { kind == .single && statements.first?.text.hasPrefix("SELECT") == true }
}
