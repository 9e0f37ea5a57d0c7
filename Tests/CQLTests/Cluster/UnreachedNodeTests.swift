import Testing

@testable import CQL

/// Nodes that advertise addresses which clients cannot connect to.
@Suite(.timeLimit(.minutes(15))) struct UnreachedNodeTests {
    @Test func `a contact point that works is used although the address that it advertises does not`()
        async throws
    {
        let place = ScriptedCluster()
        let nodes = try place.start(1) { _, script in script.row.endpoint = place.endpoint(9) }
        let events = ClusterEvents()
        try await place.with(nodes) {
            $0.observe = events.add
        } _: { cluster in
            try await cluster.execute("SELECT something")
            #expect(cluster.statistics.nodesUp == 1)
            #expect(cluster.statistics.nodesUnreached == 0)
            #expect(events.detours.count == 1)
            let text = events.detours.first ?? ""
            #expect(text.contains("\(place.endpoint(1)) advertises \(place.endpoint(9))"), "\(text)")
            // A lost connection is made again the same way, and says nothing new.
            nodes[0].endConnections()
            let isBack = try await eventually {
                cluster.statistics.connectionsOpened == 2 && cluster.statistics.nodesUp == 1
            }
            #expect(isBack)
            try await cluster.execute("SELECT something")
            #expect(events.detours.count == 1)
        }
    }

    @Test func `an address that answers is used as it is advertised`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(1) { _, script in script.row.endpoint = place.endpoint(9) }
        let front = try ScriptedNode(
            place.endpoint(9),
            .init(row: NodeRow(hostID: 1, endpoint: place.endpoint(9)))
        )
        try await place.with(nodes + [front]) { cluster in
            let isUsed = try await eventually { cluster.statistics.nodesUp == 1 && front.openCount == 1 }
            #expect(isUsed)
            #expect(nodes[0].openCount == 1)
        }
    }

    @Test func `a node that is never reached is said once, with who advertises it, and counted`() async throws
    {
        let place = ScriptedCluster()
        let nodes = try place.start(1) { _, script in script.peers = [place.row(7)] }
        let events = ClusterEvents()
        try await place.with(nodes) {
            $0.observe = events.add
        } _: { cluster in
            let isCounted = try await eventually { cluster.statistics.nodesUnreached == 1 }
            #expect(isCounted)
            let lost = cluster.statistics.connectionsLost
            let isTriedAgain = try await eventually { cluster.statistics.connectionsLost > lost + 3 }
            #expect(isTriedAgain)
            #expect(events.unreached.count == 1)
            let text = events.unreached.first ?? ""
            #expect(text.contains("\(place.endpoint(7)), which \(place.endpoint(1)) advertises"), "\(text)")
            let late = try ScriptedNode(place.endpoint(7), .init(row: place.row(7)))
            let isReached = try await eventually { cluster.statistics.nodesUnreached == 0 }
            #expect(isReached)
            late.close()
        }
    }

    @Test func `a node that was up and lets nobody log in any more is said once`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(2)
        let events = ClusterEvents()
        try await place.with(nodes) {
            $0.observe = events.add
        } _: { cluster in
            let areUp = try await eventually { cluster.statistics.nodesUp == 2 }
            #expect(areUp)
            nodes[1].change { $0.refusal = (0x0100, "wrong password") }
            nodes[1].endConnections()
            let isSaid = try await eventually { !events.unreached.isEmpty }
            #expect(isSaid)
            let lost = cluster.statistics.connectionsLost
            let isTriedAgain = try await eventually { cluster.statistics.connectionsLost > lost + 3 }
            #expect(isTriedAgain)
            #expect(events.unreached.count == 1)
            #expect(events.unreached.first?.contains("wrong password") == true)
        }
    }
}
