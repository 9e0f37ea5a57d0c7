import Synchronization

// What nodes there are, and the connections to them.
extension ClusterCore {
    /// The nodes to ask for the topology when the one that was asked is lost: those that are up first.
    func knownCandidates() -> [ControlConnection.Candidate] {
        let wanted = pools.filter(\.isWanted)
        return (wanted.filter(\.isUp) + wanted.filter { !$0.isUp }).map { pool in
            .init(endpoint: pool.node.endpoint, name: name(of: pool.node.endpoint))
        }
    }

    /// Whom a node's certificate has to name: the contact point, else its address.
    func name(of endpoint: Endpoint) -> String { names[endpoint] ?? endpoint.address.description }

    /// Takes the topology as a node has just described it; `dataCenter` is that node's.
    func take(_ topology: Topology, dataCenter: String) {
        if localDataCenter == nil { localDataCenter = dataCenter }
        var known = Dictionary(pools.map { ($0.node.hostID, $0) }, uniquingKeysWith: { first, _ in first })
        let isSame = pools.map(\.node) == topology.nodes && table.keyspaces == topology.keyspaces
        guard !isSame else { return }
        let previous = pools.map(\.node)
        table = RoutingTable(
            nodes: topology.nodes,
            keyspaces: topology.keyspaces,
            localDataCenter: localDataCenter,
            usesRemote: configuration.usesRemoteDataCenters
        )
        tableVersion += 1
        pools = topology.nodes.enumerated().map { index, node in
            let isWanted = table.isLocal(index) || configuration.usesRemoteDataCenters
            guard let pool = known[node.hostID], pool.node.endpoint == node.endpoint else {
                return NodePool(node, isWanted: isWanted, configuration)
            }
            known[node.hostID] = nil
            pool.node = node
            pool.isWanted = isWanted
            return pool
        }
        for pool in known.values { close(pool) }
        counters.nodes.store(pools.count, ordering: .relaxed)
        if previous != topology.nodes {
            publish(topology.nodes)
            observe(.topology(topology.nodes))
        }
        for pool in pools { maintain(pool) }
        checkLocalNodes()
    }

    /// Takes a node's word that another is up: it need not wait for its next attempt.
    func nodeIsUp(_ endpoint: Endpoint) {
        guard let pool = pools.first(where: { $0.node.endpoint == endpoint }) else { return }
        pool.backoff.reset()
        pool.nextAttempt = min(pool.nextAttempt, loop.now + configuration.reconnectPause.milliseconds)
    }

    /// Makes the connections that a node lacks, when their time has come: one, and the others once that is ready.
    func maintain(_ pool: NodePool) {
        guard pool.isWanted, !isClosing, pool.nextAttempt <= loop.now else { return }
        let wanted = pool.readyCount > 0 ? configuration.connectionsPerNode : 1
        while pool.connections.count < wanted, pool.nextAttempt <= loop.now {
            let endpoint = pool.node.endpoint
            let connection = NodeConnection(
                to: endpoint,
                on: loop,
                settings(for: endpoint, events: []),
                owner: self
            )
            pool.connections.append(connection)
            connection.start(
                encryption,
                name: name(of: endpoint),
                connectMilliseconds: configuration.connectTimeout.milliseconds
            )
        }
    }

    func countNodes() {
        var up = 0
        var connections = 0
        for pool in pools {
            if pool.isUp { up += 1 }
            connections += pool.readyCount
        }
        counters.nodesUp.store(up, ordering: .relaxed)
        counters.connections.store(connections, ordering: .relaxed)
    }

    private func close(_ pool: NodePool) {
        pool.isWanted = false
        let connections = pool.connections
        pool.connections = []
        for connection in connections { connection.close(.connectionClosed) }
        failWaiting(pool, CQLError(.connectionClosed, execution: .notExecuted))
    }

    /// A data centre that no node is in would make every request fail without a word.
    private func checkLocalNodes() {
        guard started != nil, table.local.isEmpty, let localDataCenter else { return }
        let there = Set(pools.map(\.node.dataCenter)).sorted().joined(separator: ", ")
        let reason = "the cluster has no data centre \(localDataCenter); it has \(there)"
        let report = started
        started = nil
        report?(.failure(CQLError(.configuration(reason), execution: .notExecuted)))
    }
}

extension ClusterCore: NodeConnectionOwner {
    func connectionReady(_ connection: NodeConnection) {
        counters.connectionsOpened.add(1, ordering: .relaxed)
        guard let pool = pool(of: connection) else { return connection.close(.connectionClosed) }
        pool.backoff.reset()
        pool.wasTried = true
        if pool.readyCount == 1 { observe(.nodeUp(pool.node)) }
        countNodes()
        maintain(pool)
        finishStart()
    }

    func connection(_ connection: NodeConnection, told event: ServerEvent) {
        // Only the control connection asks for events.
    }

    func connectionClosed(_ connection: NodeConnection, _ error: CQLError) {
        counters.connectionsLost.add(1, ordering: .relaxed)
        guard let pool = pool(of: connection) else { return }
        let wasReady = connection.wasReady
        pool.forget(connection)
        pool.lastError = error
        pool.wasTried = true
        if let older = error.olderVersion {
            version = older
        } else {
            pool.nextAttempt = loop.now + pool.backoff.next(using: &random)
        }
        observe(wasReady && pool.readyCount == 0 ? .nodeDown(pool.node, error) : .connectionFailed(error))
        countNodes()
        finishStart()
    }

    private func pool(of connection: NodeConnection) -> NodePool? {
        pools.first { pool in pool.connections.contains { $0 === connection } }
    }
}
