/// What gets a request's answer; called on the client's thread, so it must be quick and must not block.
public typealias RequestCompletion = @Sendable (Result<Answer, CQLError>) -> Void

/// A request on its way: what was asked for, and how far it has come.
///
/// Unchecked: made by the caller, handed over once, and touched by the loop's thread only from then on.
final class Flight: @unchecked Sendable {
    /// More nodes are never asked for one request, even while the topology changes under it.
    static let maximumAttempts = 8
    /// How often one node is told a statement again for one request; a batch may need it for several.
    static let maximumPreparations = 32

    var request: Request
    let consistency: Consistency
    /// Whose replicas are asked first; nil where any node is as good.
    let routing: Routing?
    let isIdempotent: Bool
    /// In milliseconds of the loop's clock.
    let deadline: UInt64
    let completion: RequestCompletion

    /// The only node that may be asked: for what concerns that one.
    var pinned: NodePool?
    /// The only connection that may be used, with `pinned`: for what concerns that one.
    var pinnedConnection: NodeConnection?
    var plan: CoordinatorPlan?
    /// The table that the plan's numbers mean.
    var tableVersion = 0
    var attempts = 0
    var preparations = 0
    /// Where it is at present, or was last.
    var pool: NodePool?
    var connection: NodeConnection?
    var errors: [CQLError] = []

    struct Routing: Sendable {
        var keyspace: String
        var token: Token
    }

    init(
        _ request: Request,
        consistency: Consistency,
        routing: Routing?,
        isIdempotent: Bool,
        deadline: UInt64,
        completion: @escaping RequestCompletion
    ) {
        self.request = request
        self.consistency = consistency
        self.routing = routing
        self.isIdempotent = isIdempotent
        self.deadline = deadline
        self.completion = completion
    }

    /// The error of the whole: the last one, with what is known of all attempts together.
    func failure(_ last: CQLError) -> CQLError {
        var failure = last
        if errors.contains(where: { $0.execution == .mayHaveExecuted }) {
            failure.execution = .mayHaveExecuted
        }
        return failure
    }
}

extension Flight.Routing {
    /// Finds the partition that a prepared statement is about; nil where its variables do not say.
    init?(_ statement: PreparedStatement, _ values: BoundValues) {
        guard let first = statement.partitionKey.first, statement.variables.indices.contains(first) else {
            return nil
        }
        keyspace = statement.variables[first].keyspace
        let bytes = values.bytes
        if statement.partitionKey.count == 1 {
            guard let range = values.range(at: first) else { return nil }
            token = unsafe bytes.withUnsafeBytes {
                unsafe Token(partitionKey: UnsafeRawBufferPointer(rebasing: $0[range]))
            }
            return
        }
        var key = RoutingKey(columns: statement.partitionKey.count)
        for index in statement.partitionKey {
            guard let range = values.range(at: index), key.append(bytes[range]) else { return nil }
        }
        token = Token(partitionKey: key.bytes)
    }

    /// The partition that the caller names; nil for a key that no server would take.
    init?(_ partition: Partition) {
        var key = RoutingKey(columns: partition.key.count)
        for column in partition.key where !key.append(column[...]) { return nil }
        self.init(keyspace: partition.keyspace, token: Token(partitionKey: key.bytes))
    }

    /// The partition of the first statement that tells one.
    init?(_ batch: StatementBatch) {
        for case .prepared(let statement, let values) in batch.entries {
            guard let routing = Self(statement, values) else { continue }
            self = routing
            return
        }
        return nil
    }
}
