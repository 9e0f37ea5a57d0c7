/// How a keyspace's rows are placed on nodes.
enum ReplicationStrategy: Hashable, Sendable {
    /// On `copies` consecutive nodes of the ring.
    case simple(copies: Int)
    /// On a number of nodes in each data centre, on different racks as far as possible.
    case networkTopology(copies: [String: Int])
    /// On every node.
    case everywhere
    /// By rules that this client does not know; any node may coordinate.
    case unknown

    /// Parses `system_schema.keyspaces.replication`.
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

    /// Parses `3`, or `3/1`: three copies, one of them transient, which holds only data that is not repaired yet.
    private static func copies(_ text: String) -> Int? {
        guard
            let number = text.split(separator: "/", omittingEmptySubsequences: false).first.map({ Int($0) }),
            let copies = number, copies >= 0
        else { return nil }
        return copies
    }
}
