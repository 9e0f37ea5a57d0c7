/// How one request is executed.
public struct RequestOptions: Sendable {
    /// What is sent with it: the consistency level, pages, a timestamp.
    public var parameters: QueryParameters
    /// Whether executing the request twice is the same as executing it once.
    ///
    /// Only such a request is repeated on another node when it may have been executed already.
    public var isIdempotent: Bool
    /// The partition whose replicas are asked first, where the request's variables name none, as with `IN`.
    public var routing: Partition?
    /// How long it may take, retries included; nil for the configuration's `requestTimeout`.
    public var timeout: Duration?

    /// Rows of a page, where nothing else is said: a result must not fill the memory.
    public static let defaultPageSize: Int32 = 5_000

    /// Makes options.
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
