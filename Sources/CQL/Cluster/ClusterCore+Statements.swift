import Synchronization

// Prepared statements that a node does not know, or knows differently than when they were prepared.
extension ClusterCore {
    /// How many changed statements are remembered; beyond it nodes say again what has changed.
    private static let maximumChanged = 4_096

    /// Has a node told a statement that it does not know, once for all requests that wait for it.
    func prepareAgain(_ slot: Int, _ flight: Flight, _ id: [UInt8], _ error: CQLError) {
        guard let pool = flight.pool, let statement = flight.request.statement(of: id),
            flight.preparations < Flight.maximumPreparations
        else { return finish(slot, .failure(flight.failure(error))) }
        flight.preparations += 1
        if pool.waiting[id] != nil {
            pool.waiting[id]?.append(slot)
            return
        }
        pool.waiting[id] = [slot]
        counters.repreparations.add(1, ordering: .relaxed)
        let preparation = Flight(
            .prepare(Prepare(statement: statement.statement, keyspace: nil)),
            consistency: .one,
            routing: nil,
            isIdempotent: true,
            deadline: loop.now + configuration.attemptTimeout.milliseconds
        ) { [weak self, weak pool] result in
            guard let self, let pool else { return }
            self.prepared(statement, at: pool, result)
        }
        preparation.pinned = pool
        begin(preparation)
    }

    /// Fails what waits for statements at a node that is no more.
    func failWaiting(_ pool: NodePool, _ error: CQLError) {
        let waiting = pool.waiting.values.joined()
        pool.waiting = [:]
        for slot in waiting { passOn(slot, error) }
    }

    /// Looks for requests whose deadline has passed while they waited for a statement.
    func expireWaiting() {
        for pool in pools where !pool.waiting.isEmpty {
            for (id, slots) in pool.waiting {
                let late = slots.filter { flights[$0].map { $0.deadline <= loop.now } ?? true }
                guard !late.isEmpty else { continue }
                pool.waiting[id] = slots.filter { !late.contains($0) }
                for slot in late {
                    guard let flight = flights[slot] else { continue }
                    finish(slot, .failure(flight.failure(error(.timedOut, flight))))
                }
            }
        }
    }

    /// Puts what is known by now of the request's statements in place of what the caller knew.
    func renew(_ flight: Flight) {
        switch flight.request {
        case .execute(var execute):
            guard let statement = changed[execute.statement.id] else { return }
            execute.statement = statement
            flight.request = .execute(execute)
        default: break
        }
    }

    func remember(_ statement: PreparedStatement) {
        if changed.count >= Self.maximumChanged { changed = [:] }
        changed[statement.id] = statement
    }

    private func prepared(
        _ statement: PreparedStatement,
        at pool: NodePool,
        _ result: Result<Answer, CQLError>
    ) {
        let waiting = pool.waiting.removeValue(forKey: statement.id) ?? []
        var failure: CQLError?
        switch result {
        case .success(let answer):
            guard case .prepared(let known) = answer.result, known.id == statement.id else {
                failure = CQLError(
                    .invalidRequest("the statement means something else now; prepare it anew"),
                    execution: .notExecuted,
                    node: pool.node.endpoint.description,
                    statement: statement.statement
                )
                break
            }
            if known.resultMetadataID != statement.resultMetadataID { remember(known) }
        case .failure(let error):
            failure = error
        }
        for slot in waiting {
            guard let flight = flights[slot] else { continue }
            if let failure {
                passOn(slot, failure)
            } else if let connection = pool.leastBusy {
                send(slot, flight, pool, connection)
            } else {
                passOn(slot, CQLError(.connectionClosed, execution: .notExecuted))
            }
        }
    }

    /// A statement that could not be told: nothing was executed, so another node may be asked.
    private func passOn(_ slot: Int, _ error: CQLError) {
        guard let flight = flights[slot] else { return }
        var error = error
        error.execution = .notExecuted
        guard RetryDecision(after: error, isIdempotent: true) == .nextNode else {
            return finish(slot, .failure(flight.failure(error)))
        }
        flight.errors.append(error)
        send(slot)
    }
}

extension Request {
    /// The statement of the request that goes by an id.
    fileprivate func statement(of id: [UInt8]) -> PreparedStatement? {
        switch self {
        case .execute(let execute): return execute.statement.id == id ? execute.statement : nil
        case .batch(let batch):
            for case .prepared(let statement, _) in batch.entries where statement.id == id {
                return statement
            }
            return nil
        case .query, .prepare: return nil
        }
    }
}
