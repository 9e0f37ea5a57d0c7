import Testing

@testable import CassandraStore

@Suite struct SchemaTests {
    @Test func `every text names its table with the keyspace, once`() {
        for statement in Statement.examples {
            let text = Schema.qualified(statement.text, keyspace: "ks")
            let count = text.matches(of: /"ks"\./).count
            if case .readClock = statement {
                #expect(count == 0)
            } else {
                #expect(count == 1, "\(text)")
            }
        }
        for table in Schema.tables {
            let text = Schema.qualified(table.text, keyspace: "ks")
            #expect(text.hasPrefix("CREATE TABLE IF NOT EXISTS \"ks\".\(table.name) ("), "\(text)")
        }
    }

    @Test func `deletions are remembered as long as hints are kept, and none for less`() throws {
        let graces = Schema.tables.compactMap { table in
            table.text.firstMatch(of: /gc_grace_seconds = ([0-9]+)/).map { (table.name, Int($0.1) ?? 0) }
        }
        let byName = Dictionary(uniqueKeysWithValues: graces)
        #expect(byName["start_totals"] == 10_800)
        #expect(byName.values.allSatisfy { $0 >= 10_800 })
    }

    @Test func `a table's id depends on keyspace, table and version, and on nothing else`() {
        let texts = [("a", Int64(1)), ("b", 1), ("a", 2)].flatMap { keyspace, version in
            Schema.tables.map { Schema.creation($0, keyspace: keyspace, version: version) }
        }
        let ids = texts.compactMap { $0.firstMatch(of: /id = '([0-9a-f-]{36})'/).map { String($0.1) } }
        #expect(Set(ids).count == 3 * Schema.tables.count)
        let again = Schema.creation(Schema.tables[0], keyspace: "a", version: 1)
        #expect(again == texts[0])
        for id in ids {
            // The eighth version, and the variant of the standard.
            #expect(Array(id)[14] == "8")
            #expect("89ab".contains(Array(id)[19]))
        }
    }

    @Test(arguments: [
        (Replication.copies(3), "dc1" as String?, "'dc1': 3"),
        (.copies(3), nil, "'replication_factor': 3"),
        (.dataCenters(["b": 2, "a": 3]), "a", "'a': 3, 'b': 2"),
        (.copies(1), "it's", "'it''s': 1"),
    ])
    func `a replication in CQL`(_ replication: Replication, _ dataCenter: String?, _ map: String) {
        let text = replication.cql(dataCenter: dataCenter)
        #expect(text == "{'class': 'NetworkTopologyStrategy', \(map)}")
    }

    @Test func `copies are counted as the level counts them`() {
        let prefix = "org.apache.cassandra.locator."
        let topology = KnownReplication(
            options: ["class": prefix + "NetworkTopologyStrategy", "dc1": "3", "dc2": "2/1"]
        )
        #expect(topology.copies(for: .localQuorum, dataCenter: "dc1") == 3)
        #expect(topology.copies(for: .localQuorum, dataCenter: "dc3") == 0)
        #expect(topology.copies(for: .quorum, dataCenter: "dc3") == 5)
        #expect(topology.isMade(of: .dataCenters(["dc1": 3, "dc2": 2]), dataCenter: "dc1"))
        #expect(!topology.isMade(of: .dataCenters(["dc1": 3]), dataCenter: "dc1"))
        #expect(!topology.isMade(of: .copies(2), dataCenter: "dc1"))
        let simple = KnownReplication(
            options: ["class": prefix + "SimpleStrategy", "replication_factor": "2"]
        )
        #expect(simple.copies(for: .localQuorum, dataCenter: "any") == 2)
        let other = KnownReplication(options: ["class": prefix + "EverywhereStrategy"])
        #expect(other.copies(for: .quorum, dataCenter: "any") == nil)
    }
}
