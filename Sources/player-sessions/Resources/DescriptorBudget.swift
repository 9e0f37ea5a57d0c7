import RocksDBStore

/// How the files that a process may open are shared out between its store and its clients.
///
/// Clients get what is left, so that the store never runs out of descriptors, however many clients come: a flush that
/// cannot open its file ends the service. See docs/decisions/0019.
struct DescriptorBudget: Equatable {
    /// What is shared out.
    struct Request {
        /// How many descriptors the process may have: the soft limit.
        var limit: Int
        /// How many it has already.
        var open: Int
        /// How many HTTP loops there will be.
        var loops: Int
        /// Whether the store is the embedded one, which opens files; the other one connects to nodes.
        var isEmbedded: Bool
        /// The configured `max_connections`.
        var connections: Int
    }

    /// For signals, the runtime's own, `/proc`, look-ups of names, and small files that are open for a moment.
    static let base = 48
    /// A loop's queue of events, its wake-up, its listening sockets and a spare one for each of those.
    private static let ofLoop = 8
    /// Connections to the nodes of a cluster: a large one has a few hundred nodes in a data centre.
    private static let nodes = 32...1_024
    /// Connections beyond the limits, which are told 503 or may ask how the service is.
    private static let reserves = 8...64
    /// With fewer than this a service is of no use, and its start is refused.
    private static let leastConnections = 32

    /// What the store may have open.
    let store: Int
    /// How many connections there may be.
    let connections: Int
    /// How many connections beyond those may be open for a moment.
    let reserve: Int

    /// Shares out; throws where the limit is too low for a service.
    init(_ request: Request) throws(Failure) {
        let fixed = request.open + DescriptorBudget.base + DescriptorBudget.ofLoop * request.loops
        let available = request.limit - fixed
        let shares = request.isEmbedded ? RocksDBStore.descriptors : DescriptorBudget.nodes
        store = (available / 3).clamped(to: shares)
        // At least two on each loop, so that one who waits for its answer does not make another go.
        let fewest = max(2 * request.loops, DescriptorBudget.reserves.lowerBound)
        reserve = max(fewest, ((available - store) / 8).clamped(to: DescriptorBudget.reserves))
        connections = min(request.connections, available - store - reserve)
        let least = min(request.connections, DescriptorBudget.leastConnections)
        guard connections >= least else {
            let needed = fixed + shares.lowerBound + fewest + least
            throw Failure(
                "cannot start: the process may have \(request.limit) files open and needs \(needed) at least "
                    + "(raise ulimit -n, or LimitNOFILE= of its unit)"
            )
        }
    }

    /// How many connections one address may have: what is configured, or three quarters where that is 0.
    ///
    /// A proxy in front, whose address all clients share, still has most of them, and no single address has all.
    func connectionsPerAddress(configured: Int) -> Int {
        configured == 0 ? max(1, connections - connections / 4) : min(configured, connections)
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
