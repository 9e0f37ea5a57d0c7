/// The tokens on the ring and the index of the node that owns each.
///
/// Each token is the inclusive end of a range that starts after the token before it.
struct TokenRing: Sendable {
    private(set) var tokens: [Token] = []
    private(set) var owners: [Int] = []
    private let nodes: [Node]

    init(_ nodes: [Node]) {
        self.nodes = nodes
        var places: [(token: Token, owner: Int)] = []
        for (index, node) in nodes.enumerated() {
            for token in node.tokens { places.append((token, index)) }
        }
        // While a node replaces another, both may claim a token: it belongs to the first in `nodes`.
        places.sort { ($0.token, $0.owner) < ($1.token, $1.owner) }
        for place in places where place.token != tokens.last {
            tokens.append(place.token)
            owners.append(place.owner)
        }
    }

    var count: Int { tokens.count }

    /// Returns the index of the range that holds a token; nil for an empty ring.
    func range(of token: Token) -> Int? {
        guard !tokens.isEmpty else { return nil }
        var low = 0
        var high = tokens.count
        while low < high {
            let middle = (low + high) / 2
            if tokens[middle] < token { low = middle + 1 } else { high = middle }
        }
        // The ring wraps around after the last token.
        return low == tokens.count ? 0 : low
    }

    /// Returns the replicas of a range, in the order in which the strategy finds them.
    func replicas(ofRange range: Int, _ strategy: ReplicationStrategy) -> [Int] {
        switch strategy {
        case .simple(let copies): simpleReplicas(range, copies)
        case .networkTopology(let copies): topologyReplicas(range, copies)
        case .everywhere: Array(nodes.indices)
        case .unknown: []
        }
    }

    private func simpleReplicas(_ range: Int, _ copies: Int) -> [Int] {
        var found: [Int] = []
        for step in 0..<count where found.count < copies {
            let owner = owners[(range + step) % count]
            if !found.contains(owner) { found.append(owner) }
        }
        return found
    }

    /// The progress of the search for replicas in one data centre.
    private struct Search {
        var missing: Int
        /// The number of replicas that may share a rack with another, because there are too few racks.
        var repeatsAllowed: Int
        var racks: Set<String> = []
    }

    private func topologyReplicas(_ range: Int, _ copies: [String: Int]) -> [Int] {
        var searches: [String: Search] = [:]
        for (dataCenter, copies) in copies {
            let members = nodes.filter { $0.dataCenter == dataCenter && !$0.tokens.isEmpty }
            let missing = min(copies, members.count)
            guard missing > 0 else { continue }
            let racks = Set(members.map(\.rack)).count
            searches[dataCenter] = Search(missing: missing, repeatsAllowed: copies - racks)
        }
        var found: [Int] = []
        for step in 0..<count where !searches.isEmpty {
            let owner = owners[(range + step) % count]
            let node = nodes[owner]
            guard var search = searches[node.dataCenter], !found.contains(owner) else { continue }
            if !search.racks.insert(node.rack).inserted {
                guard search.repeatsAllowed > 0 else { continue }
                search.repeatsAllowed -= 1
            }
            found.append(owner)
            search.missing -= 1
            searches[node.dataCenter] = search.missing > 0 ? search : nil
        }
        return found
    }
}
