/// A snapshot of the nodes, the ring and the keyspaces, from which coordinators are chosen.
///
/// The replicas of all ranges are computed when a replication strategy is first needed, and cached; then a request
/// costs a binary search.
struct RoutingTable: Sendable {
    let nodes: [Node]
    /// The indices of the nodes in the local data centre.
    let local: [Int]
    /// The indices of all other nodes; empty if they are not to be used.
    let remote: [Int]
    let keyspaces: [String: ReplicationStrategy]

    private let ring: TokenRing
    private let isLocal: [Bool]
    private let usesRemote: Bool
    private var replicas: [ReplicationStrategy: [[Int]]] = [:]

    /// Creates a table; if `localDataCenter` is nil, every node is local.
    init(
        nodes: [Node],
        keyspaces: [String: ReplicationStrategy],
        localDataCenter: String?,
        usesRemote: Bool
    ) {
        self.nodes = nodes
        self.keyspaces = keyspaces
        self.usesRemote = usesRemote
        ring = TokenRing(nodes)
        let isLocal = nodes.map { localDataCenter == nil || $0.dataCenter == localDataCenter }
        self.isLocal = isLocal
        local = nodes.indices.filter { isLocal[$0] }
        remote = usesRemote ? nodes.indices.filter { !isLocal[$0] } : []
    }

    /// Returns the replicas of a token in a keyspace, local ones first; empty if they are not known.
    mutating func replicas(of token: Token, keyspace: String) -> [Int] {
        guard let strategy = keyspaces[keyspace], let range = ring.range(of: token) else { return [] }
        if let known = replicas[strategy] { return known[range] }
        let all = (0..<ring.count).map { range in
            let found = ring.replicas(ofRange: range, strategy)
            return found.filter { isLocal[$0] } + found.filter { usesRemote && !isLocal[$0] }
        }
        replicas[strategy] = all
        return all[range]
    }

    func isLocal(_ node: Int) -> Bool { isLocal[node] }
}
