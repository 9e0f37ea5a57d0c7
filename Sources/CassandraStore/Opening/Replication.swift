/// How many copies of each row a keyspace keeps.
public enum Replication: Sendable, Hashable {
    /// This many in the local data centre.
    case copies(Int)
    /// This many in each data centre, by name.
    case dataCenters([String: Int])
}

extension Replication {
    /// Returns the CQL map for creating a keyspace; a `nil` data centre puts the copies into all of them.
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

/// The replication of an existing keyspace, as its schema says.
struct KnownReplication: Hashable {
    /// The strategy's class and its options.
    let options: [String: String]

    private static let simple = "SimpleStrategy"
    private static let topology = "NetworkTopologyStrategy"

    private var strategy: Substring { options["class"]?.split(separator: ".").last ?? "" }

    /// Returns the copies of which a level needs most; `nil` for an unknown strategy.
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

    /// Whether it is what a replication would have created.
    func isMade(of replication: Replication, dataCenter: String) -> Bool {
        switch replication {
        case .copies(let copies):
            return self.copies(for: .localQuorum, dataCenter: dataCenter) == copies
        case .dataCenters(let centers):
            let known = options.filter { $0.key != "class" }.mapValues(KnownReplication.count)
            return strategy == KnownReplication.topology && known == centers
        }
    }

    /// The copies by data centre, as in `datacenter1: 3`.
    var description: String {
        options.filter { $0.key != "class" }.sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }

    /// More copies than any cluster has nodes; keeps sums of what nodes report in range.
    private static let maximumCopies = 1_000_000

    /// Returns the leading number; after a slash come transient copies, which keep nothing for good.
    private static func count(_ text: String?) -> Int {
        min(text.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0, maximumCopies)
    }
}
