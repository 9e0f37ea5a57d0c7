// A schema change is complete for its caller when all nodes that are up know of it.
extension ClusterCore {
    /// The limit of waiting for agreement: nodes agree within a second unless one is ill.
    private static let agreementMilliseconds: UInt64 = 10_000
    private static let pollMilliseconds: UInt64 = 100

    /// A caller that waits for agreement.
    struct AgreementPoll: Sendable {
        /// The node that made the change; others may not have heard of it and might agree on the old schema.
        let coordinator: NodePool
        /// When to poll next.
        var due: UInt64
        /// When to stop polling.
        let last: UInt64
        let completion: @Sendable () -> Void
    }

    /// Calls `completion` when all nodes that are up have the coordinator's schema, or when `deadline` or 10 s have
    /// passed.
    func awaitAgreement(
        with coordinator: NodePool,
        until deadline: UInt64,
        _ completion: @escaping @Sendable () -> Void
    ) {
        let last = min(deadline, loop.now + Self.agreementMilliseconds)
        poll(AgreementPoll(coordinator: coordinator, due: loop.now, last: last, completion: completion))
    }

    /// Calls `completion` when all nodes that are up have the same schema, or after 10 s.
    func awaitAgreement(_ completion: @escaping @Sendable () -> Void) {
        guard !isClosing, let pool = pools.first(where: { $0.isWanted && $0.readyCount > 0 }) else {
            return completion()
        }
        awaitAgreement(with: pool, until: .max, completion)
    }

    /// Polls again for the waiters that are due.
    func pollAgreement() {
        guard !agreementPolls.isEmpty else { return }
        let due = agreementPolls.filter { $0.due <= loop.now }
        agreementPolls.removeAll { $0.due <= loop.now }
        for one in due { poll(one) }
    }

    private func poll(_ waiting: AgreementPoll) {
        ask(TopologyQueries.localSchema, at: waiting.coordinator) { [weak self] local in
            guard let self else { return waiting.completion() }
            self.ask(TopologyQueries.peersSchema, at: waiting.coordinator) { [weak self] peers in
                guard let self else { return waiting.completion() }
                if self.isClosing || waiting.last <= self.loop.now || self.agree(local, peers) {
                    return waiting.completion()
                }
                var next = waiting
                next.due = self.loop.now + Self.pollMilliseconds
                self.agreementPolls.append(next)
            }
        }
    }

    /// Asks one node about itself; `connection` may be one that is not in general use yet.
    func ask(
        _ statement: String,
        at pool: NodePool,
        on connection: NodeConnection? = nil,
        _ completion: @escaping @Sendable (Result<Answer, CQLError>) -> Void
    ) {
        let question = PendingRequest(
            .query(Query(statement: statement, parameters: QueryParameters(consistency: .one))),
            consistency: .one,
            routing: nil,
            isIdempotent: true,
            deadline: loop.now + configuration.attemptTimeout.milliseconds,
            completion: completion
        )
        question.pinned = pool
        question.pinnedConnection = connection
        begin(question)
    }

    private func agree(_ local: Result<Answer, CQLError>, _ peers: Result<Answer, CQLError>) -> Bool {
        guard let own = try? local.get().rows?.first, let others = try? peers.get().rows,
            let version = try? own.optional("schema_version", UUID.self)
        else { return false }
        for row in others {
            guard let other = try? row.optional("schema_version", UUID.self) else { continue }
            if let hostID = try? row.optional("host_id", UUID.self),
                let pool = pools.first(where: { $0.node.hostID == hostID }), !pool.mayBeUp(loop.now)
            {
                // A node that is down gets the schema when it comes back. Nodes that this client never asks, as in
                // another data centre, may be up, but do not matter to it.
                continue
            }
            guard other == version else { return false }
        }
        return true
    }
}
