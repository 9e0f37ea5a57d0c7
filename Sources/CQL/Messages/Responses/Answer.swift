/// A server's answer to a request that succeeded.
public struct Answer: Sendable {
    /// What the request gave.
    public var result: QueryResult
    /// What the server warns of, for people to read.
    public var warnings: [String]
    /// Where the server keeps the trace that was asked for.
    public var tracingID: UUID?
    /// What a server's own handler of queries has put beside the answer.
    public var customPayload: [String: [UInt8]?]

    /// Makes an answer.
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
