import Synchronization

// Prepared statements that a node does not know, or knows differently than when they were prepared.
extension ClusterCore {
    /// Prepares a statement on a node, once for all requests that wait for it.
    func prepare(
        _ statement: PreparedStatement,
        for slot: Int,
        _ pendingRequest: PendingRequest,
        on connection: NodeConnection,
        _ pool: NodePool
    ) {
        guard pendingRequest.preparations < PendingRequest.maximumPreparations else {
            let cause = CQLError.Cause.invalidRequest("the node forgets the statement again and again")
            let node = pool.node.endpoint.description
            return finish(
                slot,
                .failure(CQLError(cause, execution: .notExecuted, node: node, statement: statement.statement))
            )
        }
        pendingRequest.preparations += 1
        let key = KnownStatements.Key(id: statement.id, version: connection.version)
        if pool.waiting[key] != nil {
            pool.waiting[key]?.append(slot)
            return
        }
        pool.waiting[key] = [slot]
        counters.repreparations.add(1, ordering: .relaxed)
        let preparation = PendingRequest(
            .prepare(Prepare(statement: statement.statement, keyspace: nil)),
            consistency: .one,
            routing: nil,
            isIdempotent: true,
            deadline: loop.now + configuration.attemptTimeout.milliseconds
        ) { [weak self, weak pool, weak connection] result in
            guard let self, let pool else { return }
            self.prepared(statement, key, at: pool, connection, result)
        }
        preparation.pinned = pool
        preparation.pinnedConnection = connection
        begin(preparation)
    }

    /// Sends requests that wait for statements at a closed pool to other nodes.
    func failWaiting(_ pool: NodePool, _ error: CQLError) {
        let waiting = pool.waiting.values.joined()
        pool.waiting = [:]
        for slot in waiting { passOn(slot, error) }
    }

    /// Fails requests whose deadline has passed while they waited for a statement.
    func expireWaiting() {
        for pool in pools where !pool.waiting.isEmpty {
            for (key, slots) in pool.waiting {
                let late = slots.filter { pendingRequests[$0].map { $0.deadline <= loop.now } ?? true }
                guard !late.isEmpty else { continue }
                pool.waiting[key] = slots.filter { !late.contains($0) }
                for slot in late {
                    guard let pendingRequest = pendingRequests[slot] else { continue }
                    finish(slot, .failure(pendingRequest.failure(error(.timedOut, pendingRequest))))
                }
            }
        }
    }

    private func prepared(
        _ statement: PreparedStatement,
        _ key: KnownStatements.Key,
        at pool: NodePool,
        _ connection: NodeConnection?,
        _ result: Result<Answer, CQLError>
    ) {
        let waiting = pool.waiting.removeValue(forKey: key) ?? []
        var failure: CQLError?
        switch result {
        case .success(let answer):
            // Nodes of different releases may assign different ids to a statement; only its variables must be the same.
            guard case .prepared(let known) = answer.result, known.takesValues(of: statement) else {
                failure = CQLError(
                    .invalidRequest("the statement takes other values now; prepare it anew"),
                    execution: .notExecuted,
                    node: pool.node.endpoint.description,
                    statement: statement.statement
                )
                break
            }
            pool.statements.remember(known, for: statement, key.version)
        case .failure(let error):
            failure = error
        }
        for slot in waiting {
            guard let pendingRequest = pendingRequests[slot] else { continue }
            if let failure {
                passOn(slot, failure)
            } else if let connection, connection.isReady {
                send(slot, pendingRequest, pool, connection)
            } else {
                passOn(slot, CQLError(.connectionClosed, execution: .notExecuted))
            }
        }
    }

    /// Sends a request whose statement could not be prepared to the next node: nothing was executed.
    private func passOn(_ slot: Int, _ error: CQLError) {
        guard let pendingRequest = pendingRequests[slot] else { return }
        var error = error
        error.execution = .notExecuted
        guard RetryDecision(after: error, isIdempotent: true) == .nextNode else {
            return finish(slot, .failure(pendingRequest.failure(error)))
        }
        pendingRequest.errors.append(error)
        send(slot)
    }
}
