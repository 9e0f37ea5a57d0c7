import Testing

@testable import CQL

/// What nodes say of each other, odd rows included, and what the client makes of it.
@Suite(.timeLimit(.minutes(15))) struct TopologyChangeTests {
    @Test func `two rows of one node make one connection, and the client comes to its end`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(2)
        try await place.with(nodes) { cluster in
            for number in Int64(0)..<6 {
                var row = place.row(2)
                row.tokens = [2_000, number]
                // The row of the address that the node had before stays for a while.
                var old = row
                old.endpoint = place.endpoint(9)
                let rows = number.isMultiple(of: 2) ? [old, row] : [row, old]
                nodes[0].change { $0.peers = rows }
                nodes[0].tell(.topology, "NEW_NODE", place.endpoint(2))
                let isTaken = try await eventually {
                    cluster.nodes.contains { $0.tokens.map(\.value) == [number, 2_000] }
                }
                #expect(isTaken, "\(number): \(cluster.nodes)")
            }
            let isUp = try await eventually { cluster.statistics.nodesUp == 2 }
            #expect(isUp)
            #expect(cluster.nodes.count == 2)
            let isAlone = try await eventually { nodes[1].openCount == 1 && nodes[0].openCount == 2 }
            #expect(isAlone, "\(nodes.map(\.openCount))")
        }
        let areClosed = try await eventually { nodes.allSatisfy { $0.openCount == 0 } }
        #expect(areClosed)
    }

    @Test func `a node is found at the address of its second row`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(2) { number, script in
            guard number == 1 else { return }
            var old = place.row(2)
            old.endpoint = place.endpoint(9)
            script.peers.insert(old, at: 0)
        }
        try await place.with(nodes) { cluster in
            let isUp = try await eventually { cluster.statistics.nodesUp == 2 }
            #expect(isUp)
        }
    }

    @Test func `an address of two rows at which another node answers is not used for the first one`()
        async throws
    {
        let place = ScriptedCluster()
        let nodes = try place.start(3) { number, script in
            guard number == 1 else { return }
            // Node 2 had the address that node 3 has now.
            var old = place.row(2)
            old.endpoint = place.endpoint(3)
            script.peers.insert(old, at: 0)
        }
        try await place.with(nodes) { cluster in
            let areUp = try await eventually { cluster.statistics.nodesUp == 3 }
            #expect(areUp)
            let isRight = try await eventually { nodes[1].openCount == 1 && nodes[2].openCount == 1 }
            #expect(isRight, "\(nodes.map(\.openCount))")
        }
    }

    @Test func `a change that is told of while the topology is read is read, too`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(3) { number, script in
            if number == 1 { script.peers.removeLast() }
        }
        try await place.with(nodes) { cluster in
            #expect(cluster.nodes.count == 2)
            nodes[0].change { $0.peersDelay = .milliseconds(500) }
            let before = nodes[0].questions.count
            nodes[0].tell(.topology, "NEW_NODE", place.endpoint(3))
            // The node has taken the question about its peers, and answers by what it knows at that time.
            let isAsked = try await eventually { nodes[0].questions.count >= before + 2 }
            #expect(isAsked)
            nodes[0].change { script in
                script.peers.append(place.row(3))
                script.peersDelay = .zero
            }
            nodes[0].tell(.topology, "NEW_NODE", place.endpoint(3))
            let isKnown = try await eventually { cluster.nodes.count == 3 }
            #expect(isKnown)
        }
    }

    @Test func `when all addresses have changed, those that the name stands for are tried first`()
        async throws
    {
        let place = ScriptedCluster()
        let (first, other) = (place.endpoint(1), place.endpoint(5))
        let nodes = try place.start(1)
        // Nobody answers at the others' addresses any more.
        let silent = try (11...16).map { try SilentAddress(place.endpoint($0)) }
        defer { for address in silent { address.close() } }
        nodes[0].change { script in script.peers = (11...16).map { place.row($0) } }
        var script = ScriptedNode.Script(row: place.row(5))
        script.row.hostID = 1
        let moved = try ScriptedNode(other, script)
        let points = [first, other].map { ContactPoint(host: $0.address.description, port: $0.port) }
        try await place.with(nodes + [moved]) {
            $0.contactPoints = points
        } _: { cluster in
            #expect(cluster.nodes.count == 7)
            let clock = ContinuousClock()
            let begin = clock.now
            nodes[0].close()
            let isFound = try await eventually { cluster.nodes.map(\.endpoint) == [other] }
            #expect(isFound)
            // One after the other, with 5 s each, would be half a minute.
            #expect(clock.now - begin < .seconds(15))
        }
    }

    @Test func `a node of another data centre that is down holds up no change of the schema`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(1) { _, script in
            // What was known of it when it was last up.
            var afar = place.row(2, dataCenter: "dc2")
            afar.schemaVersion = 77
            script.peers = [afar]
        }
        try await place.with(nodes) { cluster in
            let clock = ContinuousClock()
            let time = await clock.measure { await cluster.awaitSchemaAgreement() }
            // For a node that is to agree, ten seconds are waited.
            #expect(time < .seconds(8))
        }
    }

    @Test func `a node of one's own data centre that is up has to agree on the schema`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(2) { number, script in
            if number == 1 { script.peers[0].schemaVersion = 77 }
        }
        try await place.with(nodes) { cluster in
            let isUp = try await eventually { cluster.statistics.nodesUp == 2 }
            #expect(isUp)
            let waiting = Task { await cluster.awaitSchemaAgreement() }
            let before = nodes[0].questions.count
            let isAskedAgain = try await eventually { nodes[0].questions.count > before + 4 }
            #expect(isAskedAgain)
            nodes[0].change { $0.peers[0].schemaVersion = 1 }
            await waiting.value
        }
    }
}
