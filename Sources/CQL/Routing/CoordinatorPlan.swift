/// The nodes that may coordinate one request, in the order in which they are tried, each once.
///
/// Local replicas come first, in rotation to spread load, then the other local nodes, then nodes of other data centres.
/// Nodes that are down come last, because that knowledge may be out of date.
struct CoordinatorPlan {
    private let replicas: [Int]
    private let rotation: Int
    private let allowsRemote: Bool
    private var tried: [Int] = []

    /// Creates a plan; `rotation` is any number and should differ between requests.
    ///
    /// At a level that refers to the coordinator's data centre, the request stays in the local one: a quorum elsewhere
    /// says nothing about a quorum here.
    init(replicas: [Int], rotation: Int, consistency: Consistency) {
        self.replicas = replicas
        // Small enough to add steps without overflow.
        self.rotation = rotation & 0x7FFF_FFFF
        allowsRemote = !consistency.isLocal
    }

    /// Returns the next node; nil if all were tried.
    mutating func next(_ table: RoutingTable, isUp: (Int) -> Bool) -> Int? {
        let next =
            first(of: replicas, table, { table.isLocal($0) && isUp($0) })
            ?? first(of: table.local, table, isUp)
            ?? (allowsRemote ? first(of: replicas, table, isUp) ?? first(of: table.remote, table, isUp) : nil)
            ?? first(of: replicas, table, { table.isLocal($0) })
            ?? first(of: table.local, table, { _ in true })
            ?? (allowsRemote ? first(of: table.remote, table, { _ in true }) : nil)
        if let next { tried.append(next) }
        return next
    }

    private func first(of nodes: [Int], _ table: RoutingTable, _ isWanted: (Int) -> Bool) -> Int? {
        // Local replicas come first, and the rotation must not mix them with others.
        let local = nodes.prefix { table.isLocal($0) }.count
        return first(in: nodes, 0..<local, isWanted) ?? first(in: nodes, local..<nodes.count, isWanted)
    }

    private func first(in nodes: [Int], _ range: Range<Int>, _ isWanted: (Int) -> Bool) -> Int? {
        for step in range {
            let index = range.lowerBound + (rotation + step - range.lowerBound) % range.count
            let node = nodes[index]
            if !tried.contains(node), isWanted(node) { return node }
        }
        return nil
    }
}

extension Consistency {
    /// Whether the level refers to replicas of the coordinator's data centre only.
    var isLocal: Bool {
        switch self {
        case .localOne, .localQuorum, .localSerial: true
        default: false
        }
    }
}
