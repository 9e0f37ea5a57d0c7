/// How often each row of a keyspace is kept.
public enum Replication: Sendable, Hashable {
    /// So many times, in the local data centre.
    case copies(Int)
    /// So many times in each of these data centres, by name.
    case dataCenters([String: Int])
}

extension Replication {
    /// The map that CQL wants when a keyspace is made; without a data centre's name, all of them have the copies.
    func cql(dataCenter: String?) -> String {
        var entries = ["'class': 'NetworkTopologyStrategy'"]
        switch self {
        case .copies(let copies):
            entries.append("'\(dataCenter.map(Replication.quoted) ?? "replication_factor")': \(copies)")
        case .dataCenters(let centers):
            entries += centers.sorted { $0.key < $1.key }.map {
                "'\(Replication.quoted($0.key))': \($0.value)"
            }
        }
        return "{" + entries.joined(separator: ", ") + "}"
    }

    /// The copies in a data centre.
    func copies(in dataCenter: String) -> Int {
        switch self {
        case .copies(let copies): copies
        case .dataCenters(let centers): centers[dataCenter] ?? 0
        }
    }

    private static func quoted(_ name: String) -> String {
        name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    }
}

/// How often each row of a keyspace that is there is kept, as its schema says.
struct KnownReplication: Hashable {
    /// The strategy's class and its options.
    let options: [String: String]

    private static let simple = "SimpleStrategy"
    private static let topology = "NetworkTopologyStrategy"

    private var strategy: Substring { options["class"]?.split(separator: ".").last ?? "" }

    /// The copies that answer at a level, of which most must; `nil` for a strategy that is not known.
    func copies(for consistency: ClusterAddress.Consistency, dataCenter: String) -> Int? {
        switch strategy {
        case Substring(KnownReplication.simple): return KnownReplication.count(options["replication_factor"])
        case Substring(KnownReplication.topology):
            let centers = options.filter { $0.key != "class" }
            switch consistency {
            case .localQuorum: return KnownReplication.count(centers[dataCenter])
            case .quorum: return centers.values.reduce(0) { $0 + KnownReplication.count($1) }
            }
        default: return nil
        }
    }

    /// Whether it is what a replication would have made.
    func isMade(of replication: Replication, dataCenter: String) -> Bool {
        switch replication {
        case .copies(let copies):
            return self.copies(for: .localQuorum, dataCenter: dataCenter) == copies
        case .dataCenters(let centers):
            let known = options.filter { $0.key != "class" }.mapValues(KnownReplication.count)
            return strategy == KnownReplication.topology && known == centers
        }
    }

    /// As in `datacenter1: 3`.
    var description: String {
        options.filter { $0.key != "class" }.sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }

    /// More copies than any cluster has nodes, so that sums of what nodes say stay in their range.
    private static let maximumCopies = 1_000_000

    /// The number in front: what follows a slash are copies that hold nothing for good.
    private static func count(_ text: String?) -> Int {
        min(text.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0, maximumCopies)
    }
}
