/// A server's response to a request that succeeded.
public struct Answer: Sendable {
    /// The result of the request.
    public var result: QueryResult
    /// The server's warnings, as text for people.
    public var warnings: [String]
    /// The id of the trace, if one was requested.
    public var tracingID: UUID?
    /// The data that the server's own query handler attached to the response.
    public var customPayload: [String: [UInt8]?]

    /// Creates a response.
    public init(
        _ result: QueryResult,
        warnings: [String] = [],
        tracingID: UUID? = nil,
        customPayload: [String: [UInt8]?] = [:]
    ) {
        self.result = result
        self.warnings = warnings
        self.tracingID = tracingID
        self.customPayload = customPayload
    }

    /// The page of rows; nil for a result without rows.
    public var rows: Rows? {
        guard case .rows(let rows) = result else { return nil }
        return rows
    }
}
