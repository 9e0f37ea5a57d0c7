/// How to execute one request.
public struct RequestOptions: Sendable {
    /// What is sent with it: consistency level, paging, timestamp.
    public var parameters: QueryParameters
    /// Whether executing the request twice has the same effect as once.
    ///
    /// Only then may it be repeated on another node after it may have been executed.
    public var isIdempotent: Bool
    /// The partition whose replicas are asked first if the request's variables determine none, as with `IN`.
    public var routing: Partition?
    /// The time limit, retries included; nil for the configuration's `requestTimeout`.
    public var timeout: Duration?

    /// The default number of rows in a page, so that a result does not fill the memory.
    public static let defaultPageSize: Int32 = 5_000

    /// Creates options.
    public init(
        consistency: Consistency = .localQuorum,
        serialConsistency: Consistency? = nil,
        isIdempotent: Bool = false,
        routing: Partition? = nil,
        timeout: Duration? = nil,
        pageSize: Int32? = defaultPageSize,
        pagingState: [UInt8]? = nil,
        timestamp: Int64? = nil
    ) {
        parameters = QueryParameters(consistency: consistency)
        parameters.serialConsistency = serialConsistency
        parameters.pageSize = pageSize
        parameters.pagingState = pagingState
        parameters.timestamp = timestamp
        self.isIdempotent = isIdempotent
        self.routing = routing
        self.timeout = timeout
    }
}
