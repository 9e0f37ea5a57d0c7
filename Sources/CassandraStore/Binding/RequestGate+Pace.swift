internal import CQL

extension RequestGate {
    /// Runs a request once the gate admits it; the few that bypass the gate do not wait.
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
    /// The time after which a write counts as late, in ns: half of a coordinator's timeout for its replicas, and a
    /// third of an attempt's.
    static let lateWrite: Int64 = 1_000_000_000

    /// Derives what a request's end after `nanoseconds` says about the load of the cluster.
    ///
    /// Writes to one partition take the same time on a cluster that keeps up. The time of a read depends on what it
    /// reads; a conditional batch takes several rounds, and waits for others of its partition.
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
    /// Whether fewer concurrent requests may help.
    ///
    /// That nodes are down, or connections lost, says nothing about the load of the others.
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
