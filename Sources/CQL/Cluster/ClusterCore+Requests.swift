import Synchronization

// The routing of requests from node to node.
extension ClusterCore {
    /// Starts a request.
    func begin(_ flight: Flight) {
        guard !isClosing else {
            return refuse(flight, CQLError(.clientClosed, execution: .notExecuted))
        }
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            flights[slot] = flight
        } else {
            slot = flights.count
            flights.append(flight)
        }
        rotation &+= 1
        send(slot)
    }

    /// Fails a request that was never given a slot.
    func refuse(_ flight: Flight, _ error: CQLError) {
        if flight.pinned == nil { count(.failure(error), flight) }
        flight.completion(.failure(error))
    }

    /// Sends a request to the next node of its plan.
    func send(_ slot: Int) {
        guard let flight = flights[slot] else { return }
        if let pinned = flight.pinned {
            guard let connection = flight.pinnedConnection ?? pinned.leastBusy, !connection.isClosed else {
                let cause = CQLError.Cause.connectionClosed
                let error = CQLError(cause, execution: .notExecuted, node: pinned.node.endpoint.description)
                return finish(slot, .failure(error))
            }
            return send(slot, flight, pinned, connection)
        }
        guard flight.deadline > loop.now else {
            return finish(slot, .failure(flight.failure(error(.timedOut, flight))))
        }
        guard let (pool, connection) = next(flight) else {
            let last = flight.errors.last ?? error(.noNodeAvailable(pools.compactMap(\.lastError)), flight)
            return finish(slot, .failure(flight.failure(last)))
        }
        send(slot, flight, pool, connection)
    }

    /// Completes a request.
    func finish(_ slot: Int, _ result: Result<Answer, CQLError>) {
        guard let flight = flights[slot] else { return }
        flights[slot] = nil
        freeSlots.append(slot)
        flight.pool = nil
        flight.connection = nil
        flight.pinnedConnection = nil
        if flight.pinned == nil { count(result, flight) }
        flight.completion(result)
    }

    func connection(_ connection: NodeConnection, completed id: RequestID, _ result: Result<Answer, CQLError>)
    {
        let slot = Int(id)
        guard let flight = flights[slot] else { return }
        switch result {
        case .success(let answer):
            note(answer, flight)
            if case .schemaChange = answer.result, let pool = flight.pool {
                awaitAgreement(with: pool, until: flight.deadline) { [weak self] in
                    self?.finish(slot, result)
                }
            } else {
                finish(slot, result)
            }
        case .failure(let error):
            failed(slot, flight, error)
        }
    }

    func send(_ slot: Int, _ flight: Flight, _ pool: NodePool, _ connection: NodeConnection) {
        flight.pool = pool
        flight.connection = connection
        let request: Request
        switch pool.statements.form(of: flight.request, connection.version) {
        case .ready(let ready): request = ready
        case .unprepared(let statement): return prepare(statement, for: slot, flight, on: connection, pool)
        }
        var deadline = flight.deadline
        if flight.isIdempotent {
            deadline = min(deadline, loop.now + configuration.attemptTimeout.milliseconds)
        }
        connection.submit(request, id: RequestID(slot), deadline: deadline)
    }

    /// Returns the next node of the plan that has a connection.
    private func next(_ flight: Flight) -> (NodePool, NodeConnection)? {
        guard flight.attempts < Flight.maximumAttempts else { return nil }
        if flight.plan == nil || flight.tableVersion != tableVersion {
            let replicas =
                flight.routing.map { table.replicas(of: $0.token, keyspace: $0.keyspace) } ?? []
            flight.plan = CoordinatorPlan(
                replicas: replicas,
                rotation: rotation,
                consistency: flight.consistency
            )
            flight.tableVersion = tableVersion
        }
        while let node = flight.plan?.next(table, isUp: { pools[$0].isUp }) {
            guard let connection = pools[node].leastBusy else { continue }
            if flight.attempts > 0 { counters.retries.add(1, ordering: .relaxed) }
            flight.attempts += 1
            return (pools[node], connection)
        }
        return nil
    }

    private func failed(_ slot: Int, _ flight: Flight, _ error: CQLError) {
        if error.cause == .timedOut { counters.timeouts.add(1, ordering: .relaxed) }
        guard flight.pinned == nil else { return finish(slot, .failure(error)) }
        guard !isClosing else { return finish(slot, .failure(flight.failure(error))) }
        switch RetryDecision(after: error, isIdempotent: flight.isIdempotent) {
        case .giveUp: finish(slot, .failure(flight.failure(error)))
        case .nextNode:
            flight.errors.append(error)
            send(slot)
        case .prepare(let id):
            guard flight.preparations < Flight.maximumPreparations else {
                return finish(slot, .failure(flight.failure(error)))
            }
            guard let pool = flight.pool, let connection = flight.connection, connection.isReady else {
                flight.errors.append(error)
                return send(slot)
            }
            if let statement = pool.statements.statement(of: flight.request, id: id, connection.version) {
                prepare(statement, for: slot, flight, on: connection, pool)
            } else {
                // Another request has prepared it in the meantime, under another id.
                flight.preparations += 1
                send(slot, flight, pool, connection)
            }
        }
    }

    private func note(_ answer: Answer, _ flight: Flight) {
        for warning in answer.warnings { observe(.warning(warning)) }
        switch (answer.result, flight.request) {
        case (.rows(let rows), .execute(let execute)):
            guard let id = rows.changedMetadataID, let pool = flight.pool,
                let version = flight.connection?.version
            else { return }
            let known = pool.statements.known(execute.statement, version)
            let changed = known.changing(resultMetadataID: id, to: rows.metadata)
            pool.statements.remember(changed, for: execute.statement, version)
        case (.schemaChange, _): control.refreshSoon()
        default: break
        }
    }

    func error(_ cause: CQLError.Cause, _ flight: Flight) -> CQLError {
        CQLError(cause, execution: .notExecuted, statement: RequestContext(flight.request).statement)
    }

    private func count(_ result: Result<Answer, CQLError>, _ flight: Flight) {
        counters.requestsUnderWay.subtract(1, ordering: .relaxed)
        if case .failure = result { counters.failures.add(1, ordering: .relaxed) }
    }
}
