/// Where a keyspace's rows are kept.
enum ReplicationStrategy: Hashable, Sendable {
    /// So many nodes, one after the other on the ring.
    case simple(copies: Int)
    /// So many nodes in each data centre, on different racks as far as there are.
    case networkTopology(copies: [String: Int])
    /// On every node.
    case everywhere
    /// By rules that are not known here; any node may coordinate.
    case unknown

    /// Reads `system_schema.keyspaces.replication`.
    init(options: [String: String]) {
        let name = options["class"]?.split(separator: ".").last.map(String.init)
        switch name {
        case "SimpleStrategy":
            self = options["replication_factor"].flatMap(Self.copies).map(Self.simple) ?? .unknown
        case "NetworkTopologyStrategy":
            var copies: [String: Int] = [:]
            for (dataCenter, text) in options where dataCenter != "class" {
                copies[dataCenter] = Self.copies(text)
            }
            self = .networkTopology(copies: copies)
        case "EverywhereStrategy":
            self = .everywhere
        default:
            self = .unknown
        }
    }

    /// `3`, or `3/1`: three copies, one of them transient, which holds only what is not yet repaired.
    private static func copies(_ text: String) -> Int? {
        guard
            let number = text.split(separator: "/", omittingEmptySubsequences: false).first.map({ Int($0) }),
            let copies = number, copies >= 0
        else { return nil }
        return copies
    }
}
