import Testing

@testable import CQL

private let package = "org.apache.cassandra.locator."
private let strategies: [(options: [String: String], strategy: ReplicationStrategy)] = [
    (["class": package + "SimpleStrategy", "replication_factor": "3"], .simple(copies: 3)),
    (["class": "SimpleStrategy", "replication_factor": "3/1"], .simple(copies: 3)),
    (["class": "SimpleStrategy"], .unknown),
    (["class": "SimpleStrategy", "replication_factor": "many"], .unknown),
    (["class": "SimpleStrategy", "replication_factor": ""], .unknown),
    (
        ["class": package + "NetworkTopologyStrategy", "dc1": "3", "dc2": "2/1"],
        .networkTopology(copies: ["dc1": 3, "dc2": 2])
    ),
    (["class": package + "NetworkTopologyStrategy"], .networkTopology(copies: [:])),
    (["class": package + "EverywhereStrategy"], .everywhere),
    (["class": package + "LocalStrategy"], .unknown),
    (["class": "com.example.Own"], .unknown),
    ([:], .unknown),
]

@Test(arguments: strategies)
func `a keyspace's replication is read as the schema tables hold it`(
    options: [String: String],
    strategy: ReplicationStrategy
) {
    #expect(ReplicationStrategy(options: options) == strategy)
}
