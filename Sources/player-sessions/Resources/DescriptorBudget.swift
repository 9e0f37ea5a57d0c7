import RocksDBStore

/// How the file descriptors of a process are divided between its store and its clients.
///
/// Clients get what is left, so that the store never runs out of descriptors, however many clients connect: a flush
/// that cannot open its file ends the service. See docs/decisions/0019.
struct DescriptorBudget: Equatable {
    struct Request {
        /// The number of descriptors the process may have: the soft limit.
        var limit: Int
        /// The number of descriptors already open.
        var open: Int
        var loops: Int
        /// Whether the store is the embedded one, which opens files; the other one connects to nodes.
        var isEmbedded: Bool
        /// The configured `max_connections`.
        var connections: Int
    }

    /// For signals, the runtime, `/proc`, name lookups, and small files that are open for a moment.
    static let base = 48
    /// A loop's event queue, its wake-up, and its listening sockets with a spare descriptor each.
    private static let ofLoop = 8
    /// Connections to the nodes of a cluster: a large one has a few hundred nodes in a data centre.
    private static let nodes = 32...1_024
    /// Connections beyond the limits, which get 503 or may check the health of the service.
    private static let reserves = 8...64
    /// With fewer connections a service is useless, so it does not start.
    private static let leastConnections = 32

    /// The number of descriptors for the store.
    let store: Int
    let connections: Int
    /// The maximum number of connections beyond those, each open for a moment.
    let reserve: Int

    /// Divides the descriptors; throws if the limit is too low for a service.
    init(_ request: Request) throws(Failure) {
        let fixed = request.open + DescriptorBudget.base + DescriptorBudget.ofLoop * request.loops
        let available = request.limit - fixed
        let shares = request.isEmbedded ? RocksDBStore.descriptors : DescriptorBudget.nodes
        store = (available / 3).clamped(to: shares)
        // At least two per loop, so that a connection waiting for its response does not displace another.
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

    /// Returns the maximum number of connections per address: the configured one, or three quarters if that is 0.
    ///
    /// A proxy in front, whose address all clients share, still gets most connections, and no single address gets all.
    func connectionsPerAddress(configured: Int) -> Int {
        configured == 0 ? max(1, connections - connections / 4) : min(configured, connections)
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
