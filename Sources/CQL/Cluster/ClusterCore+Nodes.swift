import Synchronization

// The set of nodes, and the connections to them.
extension ClusterCore {
    /// Returns the nodes to ask for the topology when the control connection is lost.
    func knownCandidates() -> (
        up: [ControlConnection.Candidate], down: [ControlConnection.Candidate]
    ) {
        let wanted = pools.filter(\.isWanted)
        func candidates(_ pools: [NodePool]) -> [ControlConnection.Candidate] {
            pools.map { pool in
                let endpoint = pool.addresses.current
                return .init(endpoint: endpoint, name: name(of: endpoint), version: pool.version)
            }
        }
        return (candidates(wanted.filter(\.isUp)), candidates(wanted.filter { !$0.isUp }))
    }

    /// Forgets the names of addresses that no node has any more.
    func forgetNames() {
        let known = pools.reduce(into: Set(proven.values)) { known, pool in
            known.formUnion(pool.addresses.advertised)
        }
        names = names.filter { known.contains($0.key) }
    }

    /// Returns the name that a node's certificate must have: the contact point's or its address.
    func name(of endpoint: Endpoint) -> String { names[endpoint] ?? endpoint.address.description }

    /// Applies the topology that the node `teller` has just described.
    func take(_ topology: Topology, from teller: Node, reachedBy candidate: ControlConnection.Candidate) {
        if localDataCenter == nil { localDataCenter = teller.dataCenter }
        startKnowsNodes()
        proven[teller.hostID] = candidate.endpoint
        proven = proven.filter { topology.endpoints[$0.key] != nil }
        let areKept = updateAddresses(topology)
        // Pools that are kept get their new rows below.
        let areSameNodes = pools.map(\.node) == topology.nodes
        guard !(areKept && areSameNodes && table.keyspaces == topology.keyspaces) else { return }
        let previous = pools
        table = RoutingTable(
            nodes: topology.nodes,
            keyspaces: topology.keyspaces,
            localDataCenter: localDataCenter,
            usesRemote: configuration.usesRemoteDataCenters
        )
        tableVersion += 1
        pools = topology.nodes.enumerated().map { index, node in
            let isWanted = table.isLocal(index) || configuration.usesRemoteDataCenters
            let endpoints = topology.endpoints[node.hostID] ?? [node.endpoint]
            let known = previous.first { $0.node.hostID == node.hostID }
            if let known, known.canKeepConnections(endpoints, proven[node.hostID]) {
                known.node = node
                known.isWanted = isWanted
                return known
            }
            return NodePool(
                node,
                NodeAddresses(advertised: endpoints, proven: proven[node.hostID]),
                advertisedBy: candidate.endpoint,
                version: node.hostID == teller.hostID ? candidate.version : .v5,
                isWanted: isWanted,
                configuration,
                now: loop.now
            )
        }
        // Every pool not in use any more is closed here, whatever the rows say: nothing would close it later.
        for pool in previous where !pools.contains(where: { $0 === pool }) { close(pool) }
        for pool in pools where !pool.isWanted { closeConnections(pool) }
        counters.nodes.store(pools.count, ordering: .relaxed)
        if !areSameNodes {
            publish(topology.nodes)
            observe(.topology(topology.nodes))
        }
        for pool in pools { maintain(pool) }
        checkLocalNodes()
    }

    /// Updates the addresses of the pools that can be kept; returns whether all can.
    private func updateAddresses(_ topology: Topology) -> Bool {
        var areKept = true
        for pool in pools {
            let proven = proven[pool.node.hostID]
            guard let endpoints = topology.endpoints[pool.node.hostID],
                pool.canKeepConnections(endpoints, proven)
            else {
                areKept = false
                continue
            }
            pool.addresses.update(advertised: endpoints, proven: proven)
        }
        return areKept
    }

    /// Handles a report that a node is up: its next attempt need not wait.
    func nodeIsUp(_ endpoint: Endpoint) {
        guard let pool = pools.first(where: { $0.addresses.advertised.contains(endpoint) }) else { return }
        pool.backoff.reset()
        pool.nextAttempt = min(pool.nextAttempt, loop.now + configuration.reconnectPause.milliseconds)
    }

    /// Makes the missing connections of a node when they are due: first one, and the others once that is ready.
    func maintain(_ pool: NodePool) {
        guard pool.isWanted, !isClosing, pool.nextAttempt <= loop.now else { return }
        let wanted = pool.readyCount > 0 ? configuration.connectionsPerNode : 1
        while pool.connections.count < wanted, pool.nextAttempt <= loop.now {
            let endpoint = pool.addresses.current
            let connection = NodeConnection(
                to: endpoint,
                on: loop,
                settings(for: endpoint, pool.version, events: []),
                isTrusted: !pool.addresses.needsProof,
                owner: self
            )
            pool.connections.append(connection)
            let milliseconds = configuration.connectTimeout.milliseconds
            connection.start(
                encryption,
                name: name(of: endpoint),
                connectMilliseconds: pool.addresses.hasAnother
                    ? milliseconds / Self.shareOfAnAddress : milliseconds
            )
        }
    }

    /// The divisor of the connect timeout while a node has another address to try.
    private static let shareOfAnAddress: UInt64 = 4

    func countNodes() {
        var up = 0
        var unreached = 0
        var connections = 0
        for pool in pools {
            if pool.isUp { up += 1 }
            if pool.isWanted, pool.wasTried, !pool.wasReached { unreached += 1 }
            connections += pool.readyCount
        }
        counters.nodesUp.store(up, ordering: .relaxed)
        counters.nodesUnreached.store(unreached, ordering: .relaxed)
        counters.connections.store(connections, ordering: .relaxed)
    }

    private func close(_ pool: NodePool) {
        pool.isWanted = false
        closeConnections(pool)
    }

    private func closeConnections(_ pool: NodePool) {
        let connections = pool.connections
        pool.connections = []
        for connection in connections { connection.close(.connectionClosed) }
        failWaiting(pool, CQLError(.connectionClosed, execution: .notExecuted))
    }

    /// Fails the start if the local data centre has no nodes, as every request would fail without explanation.
    private func checkLocalNodes() {
        guard started != nil, table.local.isEmpty, let localDataCenter else { return }
        let there = Set(pools.map(\.node.dataCenter)).sorted().joined(separator: ", ")
        let reason = "the cluster has no data centre \(localDataCenter); it has \(there)"
        let report = started
        started = nil
        report?(.failure(CQLError(.configuration(reason), execution: .notExecuted)))
    }
}
