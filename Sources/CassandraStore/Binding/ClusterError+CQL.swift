internal import CQL

extension ClusterError {
    /// What the store makes of a client's error.
    init(_ error: CQLError, of kind: Request.Kind) {
        self.init(
            outcome: error.isWithoutEffect(kind) ? .notApplied : .unknown,
            reason: error.description,
            isTransient: error.isTransient,
            isGuardrail: error.isGuardrail,
            mayBeRace: error.mayBeRace
        )
    }
}

extension CQLError {
    /// Whether the request certainly did nothing and never will.
    ///
    /// A conditional statement is decided in several rounds, and an error does not tell in which one it came about: too
    /// few replicas in the last round is an error like in the first, and the next to ask finishes what was accepted.
    fileprivate func isWithoutEffect(_ kind: Request.Kind) -> Bool {
        guard execution == .notExecuted else { return false }
        guard kind == .conditionalBatch, let serverError else { return true }
        switch serverError.kind {
        case .syntax, .invalid, .unauthorized, .configuration, .badCredentials, .protocolViolation,
            .bootstrapping, .unprepared, .alreadyExists:
            return true
        default:
            return false
        }
    }

    /// Whether a guardrail of the node's refused the request: for good, until somebody changes its configuration.
    ///
    /// Cassandra has no code for that, only its words: `Guardrail NAME violated: …`.
    var isGuardrail: Bool { serverError?.message.hasPrefix("Guardrail ") ?? false }

    /// Whether others that change the schema at the same time, or nodes that do not know of a change yet, may be to
    /// blame.
    ///
    /// A node that meets a schema of two minds says `server` as a rule.
    var mayBeRace: Bool {
        if isGuardrail { return false }
        switch serverError?.kind {
        case .invalid, .configuration, .alreadyExists, .server: return true
        case .readFailure(_, let failures, _), .writeFailure(_, let failures, _):
            return failures.mayBeOfSchema
        default: return false
        }
    }

    /// Whether the same request can succeed a little later without anybody's doing.
    var isTransient: Bool {
        switch cause {
        case .server(let error): error.isTransient
        case .timedOut, .overloaded, .connectionClosed, .transport, .encryption, .handshakeTimedOut,
            .keepAliveTimedOut,
            .tooManyOrphans, .protocolViolation, .damagedFrame, .noNodeAvailable:
            true
        case .invalidRequest, .column, .versionRefused, .credentialsRequired, .authenticationUnsupported,
            .frameTooLong, .clientClosed, .configuration:
            false
        }
    }
}

extension ServerError {
    fileprivate var isTransient: Bool {
        switch kind {
        case .readFailure(_, let failures, _): failures.mayPass
        case .server, .unavailable, .overloaded, .bootstrapping, .truncation, .writeTimeout, .readTimeout,
            .writeFailure, .changeDataCaptureFull, .compareAndSetUnknown, .unprepared:
            true
        case .protocolViolation, .badCredentials, .functionFailure, .syntax, .unauthorized, .invalid,
            .configuration, .alreadyExists, .other:
            false
        }
    }
}

extension ServerError.Failures {
    /// The reasons of replicas that pass by themselves: too late, without the table as yet, and down.
    ///
    /// Source: `RequestFailureReason` of Cassandra 5.0. The others are too many tombstones, too large a read, and whatever
    /// an exception was, such as a damaged file: there they stay until somebody comes.
    private static let passing: Set = [2, incompatibleSchema, 5]
    private static let incompatibleSchema = 3

    /// Whether a replica may not know a table, or a column, as yet.
    fileprivate var mayBeOfSchema: Bool {
        switch self {
        // Version 4 of the protocol does not tell.
        case .count: true
        case .reasons(let reasons): reasons.values.contains(Self.incompatibleSchema)
        }
    }

    /// Whether the same read can succeed a little later: with one replica more it would have, and one's reason passes.
    fileprivate var mayPass: Bool {
        switch self {
        // Version 4 of the protocol does not tell.
        case .count: false
        case .reasons(let reasons): reasons.values.contains(where: Self.passing.contains)
        }
    }
}
