/// Who may coordinate what: the nodes, the ring and the keyspaces, as they were known at one time.
///
/// The replicas of every range are computed when a keyspace is first asked for, and kept: a request costs a binary
/// search.
struct RoutingTable: Sendable {
    let nodes: [Node]
    /// The nodes of the local data centre, by index.
    let local: [Int]
    /// The nodes of all others; empty where those are not to be used.
    let remote: [Int]
    let keyspaces: [String: ReplicationStrategy]

    private let ring: TokenRing
    private let isLocal: [Bool]
    private let usesRemote: Bool
    private var replicas: [ReplicationStrategy: [[Int]]] = [:]

    /// Makes a table; `localDataCenter` nil makes every node a local one.
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

    /// The replicas of a token in a keyspace, local ones first; empty where they are not known.
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

    /// Whether a node is in the local data centre.
    func isLocal(_ node: Int) -> Bool { isLocal[node] }
}
