import Testing

@testable import CQL

/// A client that is started before its cluster is.
@Suite(.timeLimit(.minutes(15))) struct StartPatienceTests {
    @Test func `a client waits for a node that is not there yet, and says so`() async throws {
        let place = ScriptedCluster()
        let events = ClusterEvents()
        let configuration = place.configuration {
            $0.startPatience = .seconds(60)
            $0.observe = events.add
        }
        async let connecting = Cluster.connect(configuration)
        let isWaiting = try await eventually { !events.waits.isEmpty }
        #expect(isWaiting)
        #expect(events.waits.first?.contains("\(place.endpoint(1))") == true, "\(events.waits)")
        let nodes = try place.start(1)
        let cluster = try await connecting
        #expect(cluster.nodes.count == 1)
        await cluster.close()
        nodes[0].close()
    }

    @Test func `without patience nothing is waited for`() async throws {
        let place = ScriptedCluster()
        let events = ClusterEvents()
        let error = await #expect(throws: CQLError.self) {
            try await Cluster.connect(place.configuration { $0.observe = events.add })
        }
        #expect(error?.isLasting == false)
        #expect(events.waits.isEmpty)
    }

    @Test func `patience ends with the reason`() async throws {
        let place = ScriptedCluster()
        let error = await #expect(throws: CQLError.self) {
            try await Cluster.connect(place.configuration { $0.startPatience = .milliseconds(300) })
        }
        #expect(error?.description.contains("\(place.endpoint(1))") == true, "\(String(describing: error))")
    }

    @Test func `what waiting cannot mend ends the start at once`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(1) { _, script in script.refusal = (0x0100, "wrong password") }
        let error = await #expect(throws: CQLError.self) {
            try await Cluster.connect(place.configuration { $0.startPatience = .seconds(3_600) })
        }
        #expect(error?.isLasting == true)
        nodes[0].close()
    }

    @Test func `a node that cannot read its users yet is waited for`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(1) { _, script in
            script.refusal = (
                0x0100, "Unable to perform authentication: Cannot achieve consistency level QUORUM"
            )
        }
        let events = ClusterEvents()
        let configuration = place.configuration {
            $0.startPatience = .seconds(60)
            $0.observe = events.add
        }
        async let connecting = Cluster.connect(configuration)
        let isWaiting = try await eventually { !events.waits.isEmpty }
        #expect(isWaiting)
        nodes[0].change { $0.refusal = nil }
        let cluster = try await connecting
        await cluster.close()
        nodes[0].close()
    }

    @Test func `a start that is cancelled ends at once`() async throws {
        let place = ScriptedCluster()
        let events = ClusterEvents()
        let configuration = place.configuration {
            $0.startPatience = .seconds(3_600)
            $0.observe = events.add
        }
        let connecting = Task { try await Cluster.connect(configuration) }
        let isWaiting = try await eventually { !events.waits.isEmpty }
        #expect(isWaiting)
        connecting.cancel()
        let error = await #expect(throws: CQLError.self) { try await connecting.value }
        #expect(error?.cause == .clientClosed)
    }
}
