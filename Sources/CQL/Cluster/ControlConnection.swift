/// The connection that topology and schema are read on, and that tells of their changes.
///
/// It goes from node to node until one answers; when it is lost, the others are tried. Used on its loop's thread
/// only.
final class ControlConnection {
    struct Candidate {
        var endpoint: Endpoint
        /// Whom the node's certificate has to name.
        var name: String
    }

    private unowned let core: ClusterCore
    private(set) var connection: NodeConnection?
    private var current: Candidate?
    private var candidates: [Candidate] = []
    private var errors: [CQLError] = []
    private var isResolving = false
    private var isClosed = false
    /// When the next round over all candidates begins; nil while one is under way or a node is connected.
    private var nextRound: UInt64?
    /// When topology and schema are read anew.
    private var refreshDue = UInt64.max
    private var isRefreshing = false
    private var backoff: Backoff
    private var answers: [RequestID: (Result<Answer, CQLError>) -> Void] = [:]
    private var lastID: RequestID = 0
    /// Whether what is known was read from the current connection.
    private var isEstablished = false

    init(_ core: ClusterCore) {
        self.core = core
        backoff = Backoff(
            shortest: core.configuration.reconnectPause.milliseconds,
            longest: core.configuration.longestReconnectPause.milliseconds
        )
    }

    /// Begins a round: looks the contact points up, and asks one candidate after the other.
    func start() {
        guard !isResolving, !isClosed else { return }
        nextRound = nil
        errors = []
        candidates = core.knownCandidates()
        isResolving = true
        var left = core.configuration.contactPoints.count
        for point in core.configuration.contactPoints {
            Resolver.resolve(point.host, port: point.port, on: core.loop) { [weak self] result in
                left -= 1
                guard let self, !self.isClosed else { return }
                self.take(result, of: point)
                guard left == 0 else { return }
                self.isResolving = false
                self.tryNext()
            }
        }
    }

    func tick() {
        connection?.tick()
        let now = core.loop.now
        if let nextRound, nextRound <= now { start() }
        if refreshDue <= now { refresh() }
    }

    func close() {
        isClosed = true
        connection?.close(.clientClosed)
        connection = nil
    }

    /// Has topology and schema read anew soon; what else changes until then is read with it.
    func refreshSoon() {
        refreshDue = min(refreshDue, core.loop.now + core.configuration.refreshDelay.milliseconds)
    }

    /// Asks a question of the node; the answer comes by `completion`, also from within this call.
    func ask(_ statement: String, _ completion: @escaping (Result<Answer, CQLError>) -> Void) {
        guard let connection, connection.isReady else {
            return completion(.failure(CQLError(.connectionClosed, execution: .notExecuted)))
        }
        lastID += 1
        answers[lastID] = completion
        let query = Query(statement: statement, parameters: QueryParameters(consistency: .one))
        let deadline = core.loop.now + core.configuration.connectTimeout.milliseconds
        connection.submit(.query(query), id: lastID, deadline: deadline)
    }

    private func take(_ result: Result<[Endpoint], TransportFault>, of point: ContactPoint) {
        switch result {
        case .success(let endpoints):
            for endpoint in endpoints {
                core.names[endpoint] = point.host
                if let known = candidates.firstIndex(where: { $0.endpoint == endpoint }) {
                    candidates[known].name = point.host
                } else {
                    candidates.append(Candidate(endpoint: endpoint, name: point.host))
                }
            }
        case .failure(let fault):
            errors.append(CQLError(.init(fault), execution: .notExecuted, node: point.description))
        }
    }

    private func tryNext() {
        guard !isClosed else { return }
        connection = nil
        isEstablished = false
        isRefreshing = false
        guard !candidates.isEmpty else {
            let error = CQLError(.noNodeAvailable(errors), execution: .notExecuted)
            nextRound = core.loop.now + backoff.next(using: &core.random)
            return core.controlFailed(error)
        }
        connect(candidates.removeFirst())
    }

    private func connect(_ candidate: Candidate) {
        current = candidate
        let connection = NodeConnection(
            to: candidate.endpoint,
            on: core.loop,
            core.settings(for: candidate.endpoint, events: EventKind.allCases),
            owner: self
        )
        self.connection = connection
        connection.start(
            core.encryption,
            name: candidate.name,
            connectMilliseconds: core.configuration.connectTimeout.milliseconds
        )
    }

    private func refresh() {
        refreshDue = core.loop.now + core.configuration.refreshInterval.milliseconds
        guard connection?.isReady == true, !isRefreshing else { return }
        isRefreshing = true
        ask(TopologyQueries.local) { [weak self] local in
            self?.askPeers(TopologyQueries.peers) { peers in
                self?.ask(TopologyQueries.keyspaces) { keyspaces in self?.finish(local, peers, keyspaces) }
            }
        }
    }

    private func askPeers(_ statement: String, _ completion: @escaping (Result<Answer, CQLError>) -> Void) {
        ask(statement) { [weak self] result in
            guard statement == TopologyQueries.peers, case .failure(let error) = result,
                error.serverError?.kind == .invalid
            else { return completion(result) }
            self?.askPeers(TopologyQueries.oldPeers, completion)
        }
    }

    private func finish(
        _ local: Result<Answer, CQLError>,
        _ peers: Result<Answer, CQLError>,
        _ keyspaces: Result<Answer, CQLError>
    ) {
        isRefreshing = false
        guard let connection, let current, connection.isReady else { return }
        do throws(CQLError) {
            let node = try TopologyQueries.localNode(try rows(local), reachedAt: current.endpoint)
            core.names[node.endpoint] = core.names[node.endpoint] ?? current.name
            let others = try TopologyQueries.peers(try rows(peers), port: current.endpoint.port)
            let topology = Topology(
                nodes: [node] + others.filter { $0.hostID != node.hostID },
                keyspaces: try TopologyQueries.keyspaces(try rows(keyspaces))
            )
            isEstablished = true
            backoff.reset()
            core.take(topology, dataCenter: node.dataCenter)
        } catch {
            errors.append(error)
            connection.close(.connectionClosed)
            tryNext()
        }
    }

    private func rows(_ result: Result<Answer, CQLError>) throws(CQLError) -> Rows {
        guard let rows = try result.get().rows else {
            throw CQLError(.protocolViolation("an answer without rows"), execution: .executed)
        }
        return rows
    }
}

extension ControlConnection: NodeConnectionOwner {
    func connectionReady(_ connection: NodeConnection) {
        refresh()
    }

    func connection(_ connection: NodeConnection, completed id: RequestID, _ result: Result<Answer, CQLError>)
    {
        answers.removeValue(forKey: id)?(result)
    }

    func connection(_ connection: NodeConnection, told event: ServerEvent) {
        switch event {
        case .nodeUp(let endpoint):
            core.nodeIsUp(endpoint)
            refreshSoon()
        case .nodeDown: break  // One's own connections know better.
        case .nodeAdded, .nodeRemoved, .topology: refreshSoon()
        case .schema(let change):
            if case .keyspace = change.target { refreshSoon() }
        }
    }

    func connectionClosed(_ connection: NodeConnection, _ error: CQLError) {
        guard connection === self.connection, !isClosed else { return }
        if let older = error.olderVersion, let current {
            core.version = older
            return connect(current)
        }
        if isEstablished {
            core.observe(.controlLost(error))
            return start()
        }
        errors.append(error)
        tryNext()
    }
}
