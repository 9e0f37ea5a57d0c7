// Strategy: random clusters of up to three data centres, three racks and twelve nodes with one to eight tokens each,
// random copies and random nodes down; for every range the replicas, and for random tokens the order of coordinators.
//
// Invariants:
// - Replicas are distinct; a data centre has as many as asked for, or all its nodes, and as many racks as possible.
// - The first replica of a range that the strategy counts at all is its owner.
// - An order of coordinators holds every allowed node exactly once, those that are up before those that are down, and
//   among those that are up local replicas before other local nodes before all others.
import Fuzzing
import Testing

@testable import CQL

struct RoutingFuzzTests {
    @Test func `replicas keep to the strategy on any ring`() {
        fuzz(rounds: 200) { seed in
            var random = SeededRandom(seed: seed)
            let nodes = Self.nodes(&random)
            let ring = TokenRing(nodes)
            let copies = ["a", "b", "c"].reduce(into: [String: Int]()) {
                $0[$1] = Int.random(in: 0...4, using: &random)
            }
            for range in 0..<ring.count {
                let replicas = ring.replicas(ofRange: range, .networkTopology(copies: copies))
                #expect(Set(replicas).count == replicas.count, "seed \(seed)")
                for (dataCenter, wanted) in copies {
                    let members = nodes.filter { $0.dataCenter == dataCenter }
                    let found = replicas.map { nodes[$0] }.filter { $0.dataCenter == dataCenter }
                    #expect(found.count == min(wanted, members.count), "seed \(seed)")
                    let racks = Set(members.map(\.rack)).count
                    #expect(Set(found.map(\.rack)).count == min(racks, found.count), "seed \(seed)")
                }
                let owner = ring.owners[range]
                if copies[nodes[owner].dataCenter] != 0 { #expect(replicas.first == owner, "seed \(seed)") }
                let simple = ring.replicas(ofRange: range, .simple(copies: 3))
                #expect(simple.count == min(3, nodes.count) && simple.first == owner, "seed \(seed)")
            }
        }
    }

    @Test func `an order of coordinators is whole and keeps its groups apart`() {
        fuzz(rounds: 500) { seed in
            var random = SeededRandom(seed: seed)
            let nodes = Self.nodes(&random)
            let usesRemote = random.once(in: 2)
            var table = RoutingTable(
                nodes: nodes,
                keyspaces: ["k": .networkTopology(copies: ["a": 2, "b": 2])],
                localDataCenter: "a",
                usesRemote: usesRemote
            )
            let consistency = random.element(of: Consistency.allCases)
            let down = Set(nodes.indices.filter { _ in random.once(in: 3) })
            let token = Token(value: Int64.random(in: .min ... .max, using: &random))
            let replicas = table.replicas(of: token, keyspace: "k")
            var plan = CoordinatorPlan(
                replicas: replicas,
                rotation: Int.random(in: .min ... .max, using: &random),
                consistency: consistency
            )
            var order: [Int] = []
            while let next = plan.next(table, isUp: { !down.contains($0) }) { order.append(next) }
            let allowed = nodes.indices.filter {
                table.isLocal($0) || (usesRemote && !consistency.isLocal)
            }
            #expect(order.sorted() == allowed, "seed \(seed)")
            let groups = order.map { node in
                if down.contains(node) { return 4 }
                return (table.isLocal(node) ? 0 : 2) + (replicas.contains(node) ? 0 : 1)
            }
            #expect(groups == groups.sorted(), "seed \(seed)")
        }
    }

    private static func nodes(_ random: inout SeededRandom) -> [Node] {
        (0..<Int.random(in: 1...12, using: &random)).map { number in
            node(
                UInt8(number),
                dataCenter: random.element(of: ["a", "b", "c"]),
                rack: random.element(of: ["1", "2", "3"]),
                tokens: (0..<Int.random(in: 1...8, using: &random)).map { _ in
                    Int64.random(in: .min ... .max, using: &random)
                }
            )
        }
    }
}
