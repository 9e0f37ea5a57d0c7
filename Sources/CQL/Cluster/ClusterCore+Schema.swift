// A change of the schema is done for a caller when all nodes know of it.
extension ClusterCore {
    /// How long agreement is waited for: nodes agree within a second, unless one is ill.
    private static let agreementMilliseconds: UInt64 = 10_000
    private static let pollMilliseconds: UInt64 = 100

    /// Calls `completion` when all nodes that are up have the same schema; at the latest a while before `deadline`.
    func awaitAgreement(until deadline: UInt64, _ completion: @escaping () -> Void) {
        let last = min(deadline, loop.now + Self.agreementMilliseconds)
        agreement(until: last, completion)
    }

    private func agreement(until last: UInt64, _ completion: @escaping () -> Void) {
        control.ask(TopologyQueries.localSchema) { [weak self] local in
            guard let self else { return completion() }
            self.control.ask(TopologyQueries.peersSchema) { [weak self] peers in
                guard let self else { return completion() }
                if self.isClosing || last <= self.loop.now || self.agree(local, peers) { return completion() }
                self.agreementPolls.append((self.loop.now + Self.pollMilliseconds, last, completion))
            }
        }
    }

    /// Asks again for those who wait.
    func pollAgreement() {
        guard !agreementPolls.isEmpty else { return }
        let due = agreementPolls.filter { $0.due <= loop.now }
        agreementPolls.removeAll { $0.due <= loop.now }
        for poll in due { agreement(until: poll.last, poll.completion) }
    }

    private func agree(_ local: Result<Answer, CQLError>, _ peers: Result<Answer, CQLError>) -> Bool {
        guard let own = try? local.get().rows?.first, let others = try? peers.get().rows,
            let version = try? own.optional("schema_version", UUID.self)
        else { return false }
        for row in others {
            guard let hostID = try? row.optional("host_id", UUID.self),
                let pool = pools.first(where: { $0.node.hostID == hostID }), pool.isUp
            else { continue }
            guard let other = try? row.optional("schema_version", UUID.self), other == version else {
                return false
            }
        }
        return true
    }
}
