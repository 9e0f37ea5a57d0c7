internal import CQL
import Metrics
import PlayerSessions

/// A `Cluster` on the client of Apache Cassandra.
final class ClientCluster: Cluster {
    let statements: PreparedStatements
    private let client: CQL.Cluster
    private let levels: ConsistencyLevels
    private let metrics: ClientMetrics
    private let gate: RequestGate
    private let writes: RequestCombiner<[BoundStatement], Answer>
    private let reads: RequestCombiner<FactsRead, Page>
    /// Why a guardrail refused combined reads; `nil` if reads are combined.
    let refusalOfReadsTogether: String?

    /// Prepares every statement; the keyspace's tables must exist.
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
        gate = RequestGate(elapsed: elapsed)
        metrics = ClientMetrics(registry, client)
        let levels = ConsistencyLevels(consistency)
        self.levels = levels
        let statements = try await PreparedStatements(client, keyspace: keyspace)
        self.statements = statements
        // Runs after all steps that are ready on the executor.
        let behindOthers: @Sendable (@escaping @Sendable () -> Void) -> Void = { body in
            Task(executorPreference: client.executor) { body() }
        }
        let sendWrites: RequestCombiner<[BoundStatement], Answer>.Send = { writes, nanoseconds, completion in
            let options = levels.options(ofWritesWithin: nanoseconds)
            client.execute(writes.flatMap(\.self), options) { result in
                completion(result.map { Array(repeating: $0, count: writes.count) })
            }
        }
        writes = RequestCombiner(
            .writes,
            elapsed: elapsed,
            send: sendWrites,
            whenOthersHaveCome: behindOthers
        )
        let together = try await statements.prepared(.readFactsTogether([]))
        let sendReads: RequestCombiner<FactsRead, Page>.Send = { reads, nanoseconds, completion in
            var options = levels.options(ofReadsWithin: nanoseconds)
            options.routing = reads.first.map { Partition(keyspace: keyspace, key: [$0.key.player.bytes]) }
            client.execute(reads, together, options, completion)
        }
        refusalOfReadsTogether = try await ClientCluster.refusal(of: together, client, levels)
        reads = RequestCombiner(
            refusalOfReadsTogether == nil ? .reads : .alone,
            elapsed: elapsed,
            send: sendReads,
            whenOthersHaveCome: behindOthers
        )
    }

    /// Tries the largest combined read, with ids that no event can have; returns a guardrail's refusal, if any.
    private static func refusal(
        of together: PreparedStatement,
        _ client: CQL.Cluster,
        _ levels: ConsistencyLevels
    ) async throws(CQLError) -> String? {
        let keys = (0..<CombiningLimits.reads.maximumParts).map { number in
            let id = Identifier(unchecked: [0, UInt8(number)])
            return SessionKey(id, id)
        }
        let bound = try BoundStatement(.readFactsTogether(keys), together)
        let options = levels.options(ofReadsWithin: CombiningLimits.reads.patience)
        do throws(CQLError) {
            _ = try await client.execute(bound.statement, bound.values, options)
            return nil
        } catch {
            guard error.isGuardrail else { throw error }
            return error.description
        }
    }

    /// See `Cluster`: sent to replicas of the first statement's partition, at the request's consistency.
    func run(_ request: Request) async throws(ClusterError) -> Page {
        try await gate.run(request) { () throws(CQLError) in
            let page = try await perform(request)
            metrics.count(request, page)
            return page
        }
    }

    /// See `Cluster`.
    func close() async { await client.close() }

    /// See `Cluster`: the client's own thread.
    var executor: (any TaskExecutor)? { client.executor }

    private func perform(_ request: Request) async throws(CQLError) -> Page {
        let bound = try await bind(request)
        switch request.company {
        case .factsReads(let key): return try await runFactsRead(key, bound)
        case .plainWrites:
            let bytes = bound.reduce(0) { $0 + $1.values.byteCount }
            return try Page(try await writes.run(bound, bytes: bytes))
        case .none: return try await runAlone(request, bound)
        }
    }

    private func runAlone(_ request: Request, _ bound: [BoundStatement]) async throws(CQLError) -> Page {
        let options = levels.options(of: request)
        switch request.kind {
        case .single:
            let one = try ClientCluster.single(bound)
            return try Page(try await client.execute(one.statement, one.values, options))
        case .unloggedBatch:
            return try Page(try await client.execute(StatementBatch(.unlogged, bound), options))
        case .conditionalBatch:
            // The condition makes the batch one decision; a logged batch would add nothing.
            let batch = StatementBatch(.unlogged, bound)
            return try Page(verdict: try await client.execute(batch, options))
        }
    }

    private func bind(_ request: Request) async throws(CQLError) -> [BoundStatement] {
        var bound: [BoundStatement] = []
        bound.reserveCapacity(request.statements.count)
        for statement in request.statements {
            bound.append(try BoundStatement(statement, await statements.prepared(statement)))
        }
        return bound
    }

    private func runFactsRead(_ key: SessionKey, _ bound: [BoundStatement]) async throws(CQLError) -> Page {
        let one = try ClientCluster.single(bound)
        return try await reads.run(FactsRead(key: key, bound: one), bytes: one.values.byteCount)
    }

    private static func single(_ bound: [BoundStatement]) throws(CQLError) -> BoundStatement {
        guard let one = bound.first, bound.count == 1 else {
            throw CQLError(
                .invalidRequest("\(bound.count) statements in place of one"),
                execution: .notExecuted
            )
        }
        return one
    }
}

extension CQL.Cluster {
    /// Executes one statement, or several as an unlogged batch.
    fileprivate func execute(
        _ statements: [BoundStatement],
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
    fileprivate init(_ kind: BatchKind, _ statements: [BoundStatement]) {
        self.init(kind)
        for one in statements { append(one.statement, one.values) }
    }
}

extension Request {
    /// What a request may be combined with; see docs/decisions/0014.
    enum Company: Hashable {
        /// Other reads of session facts.
        case factsReads(SessionKey)
        /// Other writes, in one unlogged batch.
        case plainWrites
        /// Nothing: it is sent alone.
        case none
    }

    /// Whether it selects rows.
    var isRead: Bool { kind == .single && statements.first?.text.hasPrefix("SELECT") == true }

    /// What it may be combined with.
    ///
    /// A conditional batch is one decision. What bypasses the gate is sent alone: what shared a probe's batch would
    /// affect the store's readiness.
    var company: Company {
        switch kind {
        case .conditionalBatch: return .none
        case .unloggedBatch: return .plainWrites
        case .single:
            if passesGate { return .none }
            if case .readFacts(let key) = statements.first { return .factsReads(key) }
            return isRead ? .none : .plainWrites
        }
    }
}
