import Testing

@testable import CQL

struct CoordinatorPlanTests {
    private static let nodes = [
        node(0, dataCenter: "here", tokens: [0]),
        node(1, dataCenter: "here", tokens: [10]),
        node(2, dataCenter: "here", tokens: [20]),
        node(3, dataCenter: "there", tokens: [5]),
        node(4, dataCenter: "there", tokens: [15]),
    ]

    private static func order(
        replicas: [Int],
        rotation: Int = 0,
        consistency: Consistency = .quorum,
        usesRemote: Bool = true,
        down: Set<Int> = []
    ) -> [Int] {
        let table = RoutingTable(
            nodes: nodes,
            keyspaces: [:],
            localDataCenter: "here",
            usesRemote: usesRemote
        )
        var plan = CoordinatorPlan(replicas: replicas, rotation: rotation, consistency: consistency)
        var order: [Int] = []
        while let next = plan.next(table, isUp: { !down.contains($0) }) { order.append(next) }
        return order
    }

    @Test func `local replicas come first, then local nodes, then other data centres`() {
        #expect(Self.order(replicas: [1, 2, 4]) == [1, 2, 0, 4, 3])
    }

    @Test func `the rotation turns each group by itself`() {
        #expect(Self.order(replicas: [1, 2, 4], rotation: 1) == [2, 1, 0, 4, 3])
        #expect(Self.order(replicas: [], rotation: 1) == [1, 2, 0, 4, 3])
        #expect(Self.order(replicas: [], rotation: 5) == [2, 0, 1, 4, 3])
        #expect(Self.order(replicas: [], rotation: -1).sorted() == [0, 1, 2, 3, 4])
    }

    @Test func `nodes that are down come after all that are up`() {
        #expect(Self.order(replicas: [1, 2, 4], down: [1, 0]) == [2, 4, 3, 1, 0])
        #expect(Self.order(replicas: [0], down: [0, 1, 2, 3, 4]) == [0, 1, 2, 3, 4])
    }

    @Test(arguments: [Consistency.localOne, .localQuorum, .localSerial])
    func `a level of the own data centre never leaves it`(consistency: Consistency) {
        #expect(Self.order(replicas: [1, 2, 4], consistency: consistency) == [1, 2, 0])
        #expect(Self.order(replicas: [1, 4], consistency: consistency, down: [0, 1, 2]) == [1, 0, 2])
    }

    @Test func `other data centres are left out where they are not to be used`() {
        #expect(Self.order(replicas: [1, 2], usesRemote: false) == [1, 2, 0])
    }
}

struct RoutingTableTests {
    private static func table(usesRemote: Bool, local: String? = "here") -> RoutingTable {
        RoutingTable(
            nodes: [
                node(0, dataCenter: "there", tokens: [0]), node(1, dataCenter: "here", tokens: [10]),
                node(2, dataCenter: "here", tokens: [20]),
            ],
            keyspaces: ["k": .simple(copies: 2), "every": .everywhere],
            localDataCenter: local,
            usesRemote: usesRemote
        )
    }

    @Test func `replicas of the local data centre stand in front`() {
        var table = Self.table(usesRemote: true)
        expect(&table, 25, "k", [1, 0])
        expect(&table, 5, "k", [1, 2])
        expect(&table, 5, "every", [1, 2, 0])
    }

    @Test func `replicas elsewhere are left out where they are not to be used`() {
        var table = Self.table(usesRemote: false)
        expect(&table, 25, "k", [1])
        #expect(table.remote.isEmpty)
    }

    @Test func `without a data centre of one's own all are local`() {
        #expect(Self.table(usesRemote: false, local: nil).local == [0, 1, 2])
    }

    @Test func `nothing is known of a keyspace that is not there`() {
        var table = Self.table(usesRemote: true)
        expect(&table, 5, "other", [])
    }

    private func expect(
        _ table: inout RoutingTable,
        _ token: Int64,
        _ keyspace: String,
        _ replicas: [Int],
        at location: SourceLocation = #_sourceLocation
    ) {
        let found = table.replicas(of: Token(value: token), keyspace: keyspace)
        #expect(found == replicas, sourceLocation: location)
    }
}
