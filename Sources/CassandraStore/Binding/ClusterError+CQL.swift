internal import CQL

extension ClusterError {
    /// Converts a client's error.
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
    /// Whether the request certainly had no effect and never will.
    ///
    /// A conditional statement takes several rounds, and an error does not say in which one it occurred: too few
    /// replicas in the last round look the same as in the first, and the next request to the partition completes what
    /// was accepted.
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

    /// Whether a guardrail of the node refused the request; only a change of its configuration helps.
    ///
    /// Cassandra has no error code for this, only the message: `Guardrail NAME violated: …`.
    var isGuardrail: Bool { serverError?.message.hasPrefix("Guardrail ") ?? false }

    /// Whether a concurrent schema change, or a node that does not know of a change yet, may be the cause.
    ///
    /// A node that finds the schema inconsistent usually returns `server`.
    var mayBeRace: Bool {
        if isGuardrail { return false }
        switch serverError?.kind {
        case .invalid, .configuration, .alreadyExists, .server: return true
        case .readFailure(_, let failures, _), .writeFailure(_, let failures, _):
            return failures.mayBeOfSchema
        default: return false
        }
    }

    /// Whether the same request may succeed a little later without intervention.
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
    /// The failure reasons of replicas that pass by themselves: a timeout, a table not known yet, a node that is down.
    ///
    /// Source: `RequestFailureReason` of Cassandra 5.0. The others are too many tombstones, too large a read, and any
    /// other exception, such as a damaged file; these do not pass.
    private static let passing: Set = [2, incompatibleSchema, 5]
    private static let incompatibleSchema = 3

    /// Whether a replica may not know a table or a column yet.
    fileprivate var mayBeOfSchema: Bool {
        switch self {
        // Version 4 of the protocol gives no reasons.
        case .count: true
        case .reasons(let reasons): reasons.values.contains(Self.incompatibleSchema)
        }
    }

    /// Whether the same read may succeed a little later: one replica's reason passes, and one more may be enough.
    fileprivate var mayPass: Bool {
        switch self {
        // Version 4 of the protocol gives no reasons.
        case .count: false
        case .reasons(let reasons): reasons.values.contains(where: Self.passing.contains)
        }
    }
}
