/// What to do with a request that failed at one node.
enum RetryDecision: Hashable {
    /// Ask the next node.
    case nextNode
    /// Prepare the statement with this id there again, and retry.
    case prepare(id: [UInt8])
    /// Return the error to the caller.
    case giveUp

    /// Decides; retries a request that may have been executed only if it is idempotent.
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
            // For `frameTooLong`: the next node's response would be just as long and end its connection, too.
            self = .giveUp
        }
    }

    private init(after error: ServerError, _ execution: CQLError.Execution, isIdempotent: Bool) {
        switch error.kind {
        case .unprepared(let id): self = .prepare(id: id)
        // Another node may see more replicas or have finished joining.
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
