/// What to do about a request that failed at one node.
enum RetryDecision: Hashable {
    /// Ask the next node.
    case nextNode
    /// Tell this node the statement again, by its id, and repeat.
    case prepare(id: [UInt8])
    /// Give the error to the caller.
    case giveUp

    /// Decides; a request that may have been executed is repeated only if it is idempotent.
    init(after error: CQLError, isIdempotent: Bool) {
        if case .server(let serverError) = error.cause {
            self.init(after: serverError, error.execution, isIdempotent: isIdempotent)
            return
        }
        switch error.cause {
        case .connectionClosed, .transport, .encryption, .handshakeTimedOut, .keepAliveTimedOut,
            .tooManyOrphans,
            .overloaded,
            .timedOut, .protocolViolation, .damagedFrame:
            self = error.execution == .notExecuted || isIdempotent ? .nextNode : .giveUp
        default:
            // The next node's answer would be as long, and its connection would end as well.
            self = .giveUp
        }
    }

    private init(after error: ServerError, _ execution: CQLError.Execution, isIdempotent: Bool) {
        switch error.kind {
        case .unprepared(let id): self = .prepare(id: id)
        // Another node may see more replicas, or has more room.
        case .unavailable, .bootstrapping:
            self = execution == .notExecuted || isIdempotent ? .nextNode : .giveUp
        case .server, .overloaded, .writeTimeout, .readTimeout, .readFailure, .writeFailure,
            .changeDataCaptureFull,
            .compareAndSetUnknown, .truncation:
            self = isIdempotent ? .nextNode : .giveUp
        case .protocolViolation, .badCredentials, .functionFailure, .syntax, .unauthorized, .invalid,
            .configuration,
            .alreadyExists, .other:
            self = .giveUp
        }
    }
}
