import Synchronization

// The life of connections to nodes.
extension ClusterCore: NodeConnectionOwner {
    func connectionReady(_ connection: NodeConnection) {
        guard let pool = pool(of: connection) else { return connection.close(.connectionClosed) }
        if connection.isReady { connectionReady(connection, pool) } else { prove(connection, pool) }
    }

    func connection(_ connection: NodeConnection, told event: ServerEvent) {
        // Only the control connection subscribes to events.
    }

    func connectionClosed(_ connection: NodeConnection, _ error: CQLError) {
        counters.connectionsLost.add(1, ordering: .relaxed)
        guard let pool = pool(of: connection) else { return }
        pool.forget(connection)
        pool.lastError = error
        if let older = error.olderVersion {
            pool.version = older
            observe(.connectionFailed(error))
        } else if connection.wasReady {
            // The node may come back with another release.
            pool.version = .v5
            pool.nextAttempt = loop.now + pool.backoff.next(using: &random)
            observe(pool.readyCount == 0 ? .nodeDown(pool.node, error) : .connectionFailed(error))
        } else {
            failedToConnect(pool, error)
        }
        countNodes()
        finishStart()
    }

    private func connectionReady(_ connection: NodeConnection, _ pool: NodePool) {
        counters.connectionsOpened.add(1, ordering: .relaxed)
        pool.backoff.reset()
        pool.addresses.succeeded()
        pool.wasTried = true
        pool.wasReached = true
        pool.isFailureSaid = false
        if pool.readyCount == 1 {
            observe(.nodeUp(pool.node))
            sayDetour(pool)
        }
        countNodes()
        maintain(pool)
        finishStart()
    }

    /// Moves on to the node's next address; if all have failed, waits and reports that once.
    private func failedToConnect(_ pool: NodePool, _ error: CQLError) {
        observe(.connectionFailed(error))
        guard pool.addresses.moveOn() else { return }
        pool.wasTried = true
        pool.nextAttempt = loop.now + pool.backoff.next(using: &random)
        // A node that was up has been reported as down already, but not that it now refuses this client.
        guard !pool.isFailureSaid, !pool.wasReached || error.isLasting else { return }
        pool.isFailureSaid = true
        observe(.nodeUnreached(pool.node, advertisedBy: pool.advertiser, error))
    }

    private func sayDetour(_ pool: NodePool) {
        let used = pool.addresses.current
        guard !pool.isDetourSaid, used == pool.addresses.proven, let error = pool.lastError else { return }
        pool.isDetourSaid = true
        observe(.detour(pool.node, used: used, error))
    }

    /// Asks which node answers at an address that may belong to another.
    private func prove(_ connection: NodeConnection, _ pool: NodePool) {
        ask(TopologyQueries.identity, at: pool, on: connection) {
            [weak self, weak connection, weak pool] result in
            guard let self, let connection, let pool, !connection.isClosed else { return }
            if let fault = self.fault(of: result, connection.endpoint, pool) {
                connection.close(.connectionClosed)
                return self.connectionClosed(connection, fault)
            }
            connection.trust()
            self.connectionReady(connection, pool)
        }
    }

    /// Returns why the node that answered is not usable as the pool's; nil if it is.
    private func fault(
        of result: Result<Answer, CQLError>,
        _ endpoint: Endpoint,
        _ pool: NodePool
    ) -> CQLError? {
        do throws(CQLError) {
            let row = try result.get().rows?.first
            if try row?.optional("host_id", UUID.self) == pool.node.hostID { return nil }
            // If many nodes share one address, any of them may coordinate if it is in the right data centre.
            let dataCenter = try row?.optional("data_center", String.self)
            if endpoint == pool.addresses.proven, dataCenter == pool.node.dataCenter { return nil }
            let reason = "another node than \(pool.node.hostID) answers there"
            return CQLError(
                .transport(operation: "connecting", message: reason),
                execution: .notExecuted,
                node: endpoint.description
            )
        } catch {
            return error
        }
    }

    private func pool(of connection: NodeConnection) -> NodePool? {
        pools.first { pool in pool.connections.contains { $0 === connection } }
    }
}

extension NodePool {
    /// Returns whether the existing connections lead to one of these addresses.
    func canKeepConnections(_ advertised: [Endpoint], _ proven: Endpoint?) -> Bool {
        let current = addresses.current
        return advertised.contains(current) || proven == current && addresses.advertised == advertised
    }
}
