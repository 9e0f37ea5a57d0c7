/// Receives the result of a request; called on the client's thread, so it must be quick and must not block.
public typealias RequestCompletion = @Sendable (Result<Answer, CQLError>) -> Void

/// A pending request: what was asked for, and its progress.
///
/// `@unchecked Sendable`: created by the caller, handed over once, and from then on accessed by the loop's thread only.
final class PendingRequest: @unchecked Sendable {
    /// The most nodes asked for one request, even if the topology changes meanwhile.
    static let maximumAttempts = 8
    /// The most preparations for one request; a batch may need one for each of several statements.
    static let maximumPreparations = 32

    var request: Request
    let consistency: Consistency
    /// The partition whose replicas are asked first; nil if any node will do.
    let routing: Routing?
    let isIdempotent: Bool
    /// In milliseconds of the loop's clock.
    let deadline: UInt64
    let completion: RequestCompletion

    /// The only node to ask, for requests that concern it alone.
    var pinned: NodePool?
    /// The only connection to use, together with `pinned`, for requests that concern it alone.
    var pinnedConnection: NodeConnection?
    var plan: CoordinatorPlan?
    /// The table that the plan's indices refer to.
    var tableVersion = 0
    var attempts = 0
    var preparations = 0
    /// The node that is being asked, or was last.
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

    /// Returns the error of the whole request: the last one, with what is known of all attempts.
    func failure(_ last: CQLError) -> CQLError {
        var failure = last
        if errors.contains(where: { $0.execution == .mayHaveExecuted }) {
            failure.execution = .mayHaveExecuted
        }
        return failure
    }
}

extension PendingRequest.Routing {
    /// Derives the partition of a prepared statement; nil if its variables do not determine it.
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

    /// Creates the routing to a caller's partition; nil for a key that no server would accept.
    init?(_ partition: Partition) {
        var key = RoutingKey(columns: partition.key.count)
        for column in partition.key where !key.append(column[...]) { return nil }
        self.init(keyspace: partition.keyspace, token: Token(partitionKey: key.bytes))
    }

    /// Uses the first statement that determines a partition; nil if none does.
    init?(_ batch: StatementBatch) {
        for case .prepared(let statement, let values) in batch.entries {
            guard let routing = Self(statement, values) else { continue }
            self = routing
            return
        }
        return nil
    }
}
