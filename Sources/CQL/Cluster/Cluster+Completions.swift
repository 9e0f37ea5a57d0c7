internal import CUV
import Synchronization

// Requests that report by a completion, without a task for each, for callers that send many.
extension Cluster {
    /// Executes a prepared statement.
    ///
    /// `completion` is called exactly once, on the client's thread or, if the client is overloaded or closed, from
    /// within this call. Values that do not fit the statement fail the request before it is sent.
    public func execute(
        _ statement: PreparedStatement,
        _ values: BoundValues,
        _ options: RequestOptions,
        completion: @escaping RequestCompletion
    ) {
        submit(
            .execute(Execute(statement: statement, values: values, parameters: options.parameters)),
            options,
            PendingRequest.Routing(statement, values),
            completion
        )
    }

    /// Executes the text of a statement; any node may coordinate, unless the options name a partition.
    ///
    /// `completion` is called as for a prepared statement. A schema change completes when all nodes that are up know of
    /// it, or after 10 s.
    public func execute(
        _ statement: String,
        _ values: BoundValues = BoundValues(),
        _ options: RequestOptions,
        completion: @escaping RequestCompletion
    ) {
        let query = Query(statement: statement, values: values, parameters: options.parameters)
        submit(.query(query), options, nil, completion)
    }

    /// Executes a batch; page size and paging state are ignored.
    ///
    /// `completion` is called as for a prepared statement.
    public func execute(
        _ batch: StatementBatch,
        _ options: RequestOptions,
        completion: @escaping RequestCompletion
    ) {
        var parameters = options.parameters
        parameters.pageSize = nil
        parameters.pagingState = nil
        let request = Batch(kind: batch.kind, entries: batch.entries, parameters: parameters)
        submit(.batch(request), options, PendingRequest.Routing(batch), completion)
    }

    func submit(
        _ request: Request,
        _ options: RequestOptions,
        _ routing: PendingRequest.Routing?,
        _ completion: @escaping RequestCompletion
    ) {
        let timeout = options.timeout ?? configuration.requestTimeout
        let pendingRequest = PendingRequest(
            request,
            consistency: options.parameters.consistency,
            routing: routing ?? options.routing.flatMap(PendingRequest.Routing.init(_:)),
            isIdempotent: options.isIdempotent,
            deadline: Self.now.saturatingAdd(timeout.milliseconds),
            completion: completion
        )
        counters.requests.add(1, ordering: .relaxed)
        let underWay = counters.pendingRequestCount.add(1, ordering: .relaxed).newValue
        guard underWay <= configuration.maximumPendingRequests else {
            counters.overloads.add(1, ordering: .relaxed)
            return refuse(pendingRequest, .overloaded)
        }
        if !mailbox.post(.pendingRequest(pendingRequest)) { refuse(pendingRequest, .clientClosed) }
    }

    private func refuse(_ pendingRequest: PendingRequest, _ cause: CQLError.Cause) {
        counters.pendingRequestCount.subtract(1, ordering: .relaxed)
        counters.failures.add(1, ordering: .relaxed)
        let statement = RequestContext(pendingRequest.request).statement
        pendingRequest.completion(.failure(CQLError(cause, execution: .notExecuted, statement: statement)))
    }

    /// The time in milliseconds on the clock that loops use.
    private static var now: UInt64 { uv_hrtime() / 1_000_000 }
}
