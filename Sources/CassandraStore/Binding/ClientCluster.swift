internal import CQL
import Metrics

/// The store's cluster on a client of Apache Cassandra.
final class ClientCluster: Cluster {
    let statements: PreparedStatements
    private let client: CQL.Cluster
    private let levels: ConsistencyLevels
    private let metrics: ClientMetrics
    private let gate: RequestGate
    private let combiner: WriteCombiner
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
        let levels = ConsistencyLevels(consistency)
        self.levels = levels
        combiner = WriteCombiner(elapsed: elapsed) { statements, nanoseconds, completion in
            client.execute(statements, levels.options(ofWritesWithin: nanoseconds), completion)
        } whenOthersHaveCome: { body in
            // Behind all steps that are ready to run there.
            Task(executorPreference: client.executor) { body() }
        }
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
        let bound = try await bind(request)
        switch request.kind {
        case .single where request.isRead || request.isProbe:
            return try await runSingle(request, bound)
        case .single, .unloggedBatch:
            return try Page(try await combiner.run(bound))
        case .loggedBatch:
            return try Page(
                try await client.execute(StatementBatch(.logged, bound), levels.options(of: request))
            )
        case .conditionalBatch:
            // The condition makes one decision of it; a log beside it would be in vain.
            let batch = StatementBatch(.unlogged, bound)
            return try Page(verdict: try await client.execute(batch, levels.options(of: request)))
        }
    }

    private func bind(_ request: Request) async throws(CQLError) -> [WriteCombiner.Bound] {
        var bound: [WriteCombiner.Bound] = []
        bound.reserveCapacity(request.statements.count)
        for statement in request.statements {
            let prepared = try await statements.prepared(statement)
            bound.append(.init(statement: prepared, values: try BoundValues(statement, for: prepared)))
        }
        return bound
    }

    private func runSingle(
        _ request: Request,
        _ bound: [WriteCombiner.Bound]
    ) async throws(CQLError) -> Page {
        guard let one = bound.first, bound.count == 1 else {
            throw CQLError(
                .invalidRequest("\(bound.count) statements in place of one"),
                execution: .notExecuted
            )
        }
        return try Page(try await client.execute(one.statement, one.values, levels.options(of: request)))
    }
}

extension CQL.Cluster {
    /// Executes one statement, or several as an unlogged batch.
    fileprivate func execute(
        _ statements: [WriteCombiner.Bound],
        _ options: RequestOptions,
        _ completion: @escaping RequestCompletion
    ) {
        if statements.count == 1 {
            execute(statements[0].statement, statements[0].values, options, completion: completion)
        } else {
            execute(StatementBatch(.unlogged, statements), options, completion: completion)
        }
    }
}

extension StatementBatch {
    fileprivate init(_ kind: BatchKind, _ statements: [WriteCombiner.Bound]) {
        self.init(kind)
        for one in statements { append(one.statement, one.values) }
    }
}

extension Request {
    /// Whether it asks for rows.
    var isRead: Bool { kind == .single && statements.first?.text.hasPrefix("SELECT") == true }
}
