/// The connection on which topology and schema are read and their changes are reported.
///
/// It belongs to the first node that answers; if it is lost, a new round over all nodes begins. Used on its loop's
/// thread only.
final class ControlConnection {
    typealias Candidate = ContactRound.Candidate

    private struct Attempt {
        var connection: NodeConnection
        var candidate: Candidate
    }

    unowned let core: ClusterCore
    private(set) var connection: NodeConnection?
    private var current: Candidate?
    private var round: ContactRound?
    private var roundNumber = 0
    private var attempts: [Attempt] = []
    private var isClosed = false
    /// When the next round begins; nil during a round or while connected.
    private var nextRound: UInt64?
    private var schedule: RefreshSchedule
    private var backoff: Backoff
    private var answers: [RequestID: (Result<Answer, CQLError>) -> Void] = [:]
    private var lastID: RequestID = 0
    /// Whether the topology was read from the current connection.
    private var isEstablished = false

    init(_ core: ClusterCore) {
        self.core = core
        let configuration = core.configuration
        schedule = RefreshSchedule(
            delay: configuration.refreshDelay.milliseconds,
            interval: configuration.refreshInterval.milliseconds
        )
        backoff = Backoff(
            shortest: configuration.reconnectPause.milliseconds,
            longest: configuration.longestReconnectPause.milliseconds
        )
    }

    /// Begins a round: tries the known nodes and looks up the contact points meanwhile.
    func start() {
        guard round == nil, !isClosed else { return }
        nextRound = nil
        core.forgetNames()
        let (up, down) = core.knownCandidates()
        round = ContactRound(up: up, down: down, lookUps: core.configuration.contactPoints.count)
        roundNumber += 1
        for point in core.configuration.contactPoints {
            Resolver.resolve(point.host, port: point.port, on: core.loop) { [weak self, roundNumber] result in
                self?.take(result, of: point, roundNumber)
            }
        }
        goOn()
    }

    func tick() {
        connection?.tick()
        for attempt in attempts { attempt.connection.tick() }
        let now = core.loop.now
        if let nextRound, nextRound <= now { start() }
        goOn()
        if schedule.due <= now { refresh() }
    }

    func close() {
        isClosed = true
        connection?.close(.clientClosed)
        connection = nil
        for attempt in attempts { attempt.connection.close(.clientClosed) }
        attempts = []
    }

    /// Schedules topology and schema to be read again soon, together with further changes until then.
    func refreshSoon() {
        schedule.changed(core.loop.now)
    }

    // MARK: - Rounds

    private func take(
        _ result: Result<[Endpoint], TransportFault>,
        of point: ContactPoint,
        _ number: Int
    ) {
        guard !isClosed else { return }
        let endpoints = (try? result.get()) ?? []
        for endpoint in endpoints { core.names[endpoint] = point.host }
        // The round may be over by now, and another one in progress.
        guard round != nil, number == roundNumber else { return }
        if case .failure(let fault) = result {
            round?.notFound(CQLError(.init(fault), execution: .notExecuted, node: point.description))
        } else {
            round?.found(endpoints.map { Candidate(endpoint: $0, name: point.host) })
        }
        goOn()
    }

    /// Starts the attempts that are due, unless a node is connected; ends a round in which all have failed.
    private func goOn() {
        guard connection == nil, !isClosed else { return }
        while connection == nil, let candidate = round?.next(core.loop.now) { connect(candidate) }
        guard connection == nil, let round, round.isOver else { return }
        self.round = nil
        nextRound = core.loop.now + backoff.next(using: &core.random)
        core.controlFailed(CQLError(.noNodeAvailable(round.errors), execution: .notExecuted))
    }

    private func connect(_ candidate: Candidate) {
        let connection = NodeConnection(
            to: candidate.endpoint,
            on: core.loop,
            core.settings(for: candidate.endpoint, candidate.version, events: EventKind.allCases),
            owner: self
        )
        attempts.append(Attempt(connection: connection, candidate: candidate))
        connection.start(
            core.encryption,
            name: candidate.name,
            connectMilliseconds: core.configuration.connectTimeout.milliseconds
        )
    }

    /// Handles the loss of the connected node.
    private func lost(_ error: CQLError) {
        connection = nil
        current = nil
        schedule.reset()
        if isEstablished {
            isEstablished = false
            core.observe(.controlLost(error))
            start()
        } else {
            round?.failed(error)
            goOn()
        }
    }

    // MARK: - Topology and schema

    /// Queries the connected node; `completion` may be called from within this call.
    private func ask(_ statement: String, _ completion: @escaping (Result<Answer, CQLError>) -> Void) {
        guard let connection, connection.isReady else {
            return completion(.failure(CQLError(.connectionClosed, execution: .notExecuted)))
        }
        lastID += 1
        answers[lastID] = completion
        let query = Query(statement: statement, parameters: QueryParameters(consistency: .one))
        let deadline = core.loop.now + core.configuration.connectTimeout.milliseconds
        connection.submit(.query(query), id: lastID, deadline: deadline)
    }

    private func refresh() {
        guard let asked = connection, asked.isReady, !schedule.isUnderWay else { return }
        schedule.begin()
        ask(TopologyQueries.local) { [weak self] local in
            self?.askPeers(TopologyQueries.peers) { peers in
                self?.ask(TopologyQueries.keyspaces) { keyspaces in
                    // Another node may be connected by now; it is queried separately.
                    guard let self, self.connection === asked else { return }
                    self.finish(asked, local, peers, keyspaces)
                }
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
        _ connection: NodeConnection,
        _ local: Result<Answer, CQLError>,
        _ peers: Result<Answer, CQLError>,
        _ keyspaces: Result<Answer, CQLError>
    ) {
        guard let current, connection.isReady else { return }
        do throws(CQLError) {
            let node = try TopologyQueries.localNode(try rows(local), reachedAt: current.endpoint)
            core.names[node.endpoint] = core.names[node.endpoint] ?? current.name
            let others = try TopologyQueries.peers(try rows(peers), port: current.endpoint.port)
            let topology = Topology(
                rows: [node] + others.nodes,
                keyspaces: try TopologyQueries.keyspaces(try rows(keyspaces))
            )
            isEstablished = true
            round = nil
            backoff.reset()
            schedule.end(core.loop.now, isComplete: others.isComplete)
            core.take(topology, from: node, reachedBy: current)
        } catch {
            connection.close(.connectionClosed)
            lost(error)
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
        guard let first = attempts.first(where: { $0.connection === connection }) else { return }
        let others = attempts.filter { $0.connection !== connection }
        attempts = []
        self.connection = connection
        current = first.candidate
        for other in others {
            other.connection.close(.connectionClosed)
            round?.putBack(other.candidate)
        }
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
        case .nodeDown: break  // This client's own connections know better.
        case .nodeAdded, .nodeRemoved, .topology: refreshSoon()
        case .schema(let change):
            if case .keyspace = change.target { refreshSoon() }
        }
    }

    func connectionClosed(_ connection: NodeConnection, _ error: CQLError) {
        guard !isClosed else { return }
        if connection === self.connection { return lost(error) }
        guard let index = attempts.firstIndex(where: { $0.connection === connection }) else { return }
        var candidate = attempts.remove(at: index).candidate
        if let older = error.olderVersion {
            candidate.version = older
            return connect(candidate)
        }
        round?.failed(error)
        goOn()
    }
}
