import Synchronization

// The routing of requests from node to node.
extension ClusterCore {
    /// Starts a request.
    func begin(_ pendingRequest: PendingRequest) {
        guard !isClosing else {
            return refuse(pendingRequest, CQLError(.clientClosed, execution: .notExecuted))
        }
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            pendingRequests[slot] = pendingRequest
        } else {
            slot = pendingRequests.count
            pendingRequests.append(pendingRequest)
        }
        rotation &+= 1
        send(slot)
    }

    /// Fails a request that was never given a slot.
    func refuse(_ pendingRequest: PendingRequest, _ error: CQLError) {
        if pendingRequest.pinned == nil { count(.failure(error), pendingRequest) }
        pendingRequest.completion(.failure(error))
    }

    /// Sends a request to the next node of its plan.
    func send(_ slot: Int) {
        guard let pendingRequest = pendingRequests[slot] else { return }
        if let pinned = pendingRequest.pinned {
            guard let connection = pendingRequest.pinnedConnection ?? pinned.leastBusy, !connection.isClosed
            else {
                let cause = CQLError.Cause.connectionClosed
                let error = CQLError(cause, execution: .notExecuted, node: pinned.node.endpoint.description)
                return finish(slot, .failure(error))
            }
            return send(slot, pendingRequest, pinned, connection)
        }
        guard pendingRequest.deadline > loop.now else {
            return finish(slot, .failure(pendingRequest.failure(error(.timedOut, pendingRequest))))
        }
        guard let (pool, connection) = next(pendingRequest) else {
            let last =
                pendingRequest.errors.last
                ?? error(.noNodeAvailable(pools.compactMap(\.lastError)), pendingRequest)
            return finish(slot, .failure(pendingRequest.failure(last)))
        }
        send(slot, pendingRequest, pool, connection)
    }

    /// Completes a request.
    func finish(_ slot: Int, _ result: Result<Answer, CQLError>) {
        guard let pendingRequest = pendingRequests[slot] else { return }
        pendingRequests[slot] = nil
        freeSlots.append(slot)
        pendingRequest.pool = nil
        pendingRequest.connection = nil
        pendingRequest.pinnedConnection = nil
        if pendingRequest.pinned == nil { count(result, pendingRequest) }
        pendingRequest.completion(result)
    }

    func connection(_ connection: NodeConnection, completed id: RequestID, _ result: Result<Answer, CQLError>)
    {
        let slot = Int(id)
        guard let pendingRequest = pendingRequests[slot] else { return }
        switch result {
        case .success(let answer):
            note(answer, pendingRequest)
            if case .schemaChange = answer.result, let pool = pendingRequest.pool {
                awaitAgreement(with: pool, until: pendingRequest.deadline) { [weak self] in
                    self?.finish(slot, result)
                }
            } else {
                finish(slot, result)
            }
        case .failure(let error):
            failed(slot, pendingRequest, error)
        }
    }

    func send(_ slot: Int, _ pendingRequest: PendingRequest, _ pool: NodePool, _ connection: NodeConnection) {
        pendingRequest.pool = pool
        pendingRequest.connection = connection
        let request: Request
        switch pool.statements.form(of: pendingRequest.request, connection.version) {
        case .ready(let ready): request = ready
        case .unprepared(let statement):
            return prepare(statement, for: slot, pendingRequest, on: connection, pool)
        }
        var deadline = pendingRequest.deadline
        if pendingRequest.isIdempotent {
            deadline = min(deadline, loop.now + configuration.attemptTimeout.milliseconds)
        }
        connection.submit(request, id: RequestID(slot), deadline: deadline)
    }

    /// Returns the next node of the plan that has a connection.
    private func next(_ pendingRequest: PendingRequest) -> (NodePool, NodeConnection)? {
        guard pendingRequest.attempts < PendingRequest.maximumAttempts else { return nil }
        if pendingRequest.plan == nil || pendingRequest.tableVersion != tableVersion {
            let replicas =
                pendingRequest.routing.map { table.replicas(of: $0.token, keyspace: $0.keyspace) } ?? []
            pendingRequest.plan = CoordinatorPlan(
                replicas: replicas,
                rotation: rotation,
                consistency: pendingRequest.consistency
            )
            pendingRequest.tableVersion = tableVersion
        }
        while let node = pendingRequest.plan?.next(table, isUp: { pools[$0].isUp }) {
            guard let connection = pools[node].leastBusy else { continue }
            if pendingRequest.attempts > 0 { counters.retries.add(1, ordering: .relaxed) }
            pendingRequest.attempts += 1
            return (pools[node], connection)
        }
        return nil
    }

    private func failed(_ slot: Int, _ pendingRequest: PendingRequest, _ error: CQLError) {
        if error.cause == .timedOut { counters.timeouts.add(1, ordering: .relaxed) }
        guard pendingRequest.pinned == nil else { return finish(slot, .failure(error)) }
        guard !isClosing else { return finish(slot, .failure(pendingRequest.failure(error))) }
        switch RetryDecision(after: error, isIdempotent: pendingRequest.isIdempotent) {
        case .giveUp: finish(slot, .failure(pendingRequest.failure(error)))
        case .nextNode:
            pendingRequest.errors.append(error)
            send(slot)
        case .prepare(let id):
            guard pendingRequest.preparations < PendingRequest.maximumPreparations else {
                return finish(slot, .failure(pendingRequest.failure(error)))
            }
            guard let pool = pendingRequest.pool, let connection = pendingRequest.connection,
                connection.isReady
            else {
                pendingRequest.errors.append(error)
                return send(slot)
            }
            if let statement = pool.statements.statement(
                of: pendingRequest.request,
                id: id,
                connection.version
            ) {
                prepare(statement, for: slot, pendingRequest, on: connection, pool)
            } else {
                // Another request has prepared it in the meantime, under another id.
                pendingRequest.preparations += 1
                send(slot, pendingRequest, pool, connection)
            }
        }
    }

    private func note(_ answer: Answer, _ pendingRequest: PendingRequest) {
        for warning in answer.warnings { observe(.warning(warning)) }
        switch (answer.result, pendingRequest.request) {
        case (.rows(let rows), .execute(let execute)):
            guard let id = rows.changedMetadataID, let pool = pendingRequest.pool,
                let version = pendingRequest.connection?.version
            else { return }
            let known = pool.statements.known(execute.statement, version)
            let changed = known.changing(resultMetadataID: id, to: rows.metadata)
            pool.statements.remember(changed, for: execute.statement, version)
        case (.schemaChange, _): control.refreshSoon()
        default: break
        }
    }

    func error(_ cause: CQLError.Cause, _ pendingRequest: PendingRequest) -> CQLError {
        CQLError(cause, execution: .notExecuted, statement: RequestContext(pendingRequest.request).statement)
    }

    private func count(_ result: Result<Answer, CQLError>, _ pendingRequest: PendingRequest) {
        counters.pendingRequestCount.subtract(1, ordering: .relaxed)
        if case .failure = result { counters.failures.add(1, ordering: .relaxed) }
    }
}
