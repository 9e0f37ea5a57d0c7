internal import CQL

extension RequestGate {
    /// Runs a request when there is room for it; those that do not wait are few.
    func run(
        _ request: Request,
        _ body: () async throws(CQLError) -> Page
    ) async throws(ClusterError) -> Page {
        if !request.passesGate { try await enter() }
        let begin = elapsed()
        var failure: CQLError?
        defer {
            if !request.passesGate { leave(Pace(request, failure, nanoseconds: elapsed() - begin)) }
        }
        do throws(CQLError) {
            return try await body()
        } catch {
            failure = error
            throw ClusterError(error, of: request.kind)
        }
    }
}

extension RequestGate.Pace {
    /// A write that takes longer, in ns, was late: half of what a coordinator gives its replicas, and a third of what an
    /// attempt may take.
    static let lateWrite: Int64 = 1_000_000_000

    /// What a request's end, after so many ns, says of how busy the cluster is.
    ///
    /// Writes of one partition take the same time on a cluster that keeps up. How long a read takes depends on what it
    /// reads; a batch that is logged, or has a condition, has several rounds, and waits for others of its partition.
    init(_ request: Request, _ failure: CQLError?, nanoseconds: Int64) {
        guard request.isPlainWrite else {
            self = .unknown
            return
        }
        if let failure {
            self = failure.tellsOfLoad ? .late : .unknown
        } else {
            self = nanoseconds > RequestGate.Pace.lateWrite ? .late : .inTime
        }
    }
}

extension Request {
    /// Whether it is one mutation, which each replica applies at once and by itself.
    fileprivate var isPlainWrite: Bool {
        switch kind {
        case .single: !isRead
        case .unloggedBatch: true
        case .conditionalBatch: false
        }
    }
}

extension CQLError {
    /// Whether fewer requests at a time may be the remedy.
    ///
    /// That nodes are down, or connections lost, says nothing of how busy the others are.
    fileprivate var tellsOfLoad: Bool {
        switch cause {
        case .timedOut, .overloaded: true
        case .server(let error):
            switch error.kind {
            case .overloaded, .writeTimeout, .readTimeout: true
            default: false
            }
        default: false
        }
    }
}
