/// What the caller names a request by; the machine gives it back and does not look at it.
typealias RequestID = UInt64

/// What a connection wants done by whoever performs its I/O.
enum ConnectionAction: Sendable {
    /// The connection takes requests without queueing them now.
    case ready(NegotiatedConnection)
    /// A request is done; each one that was submitted is completed exactly once.
    case complete(RequestID, Result<Answer, CQLError>)
    /// The node tells of a change.
    case event(ServerEvent)
    /// Close the transport, then call `transportClosed`; the error says why. What was submitted is completed behind it.
    case close(CQLError)
}
