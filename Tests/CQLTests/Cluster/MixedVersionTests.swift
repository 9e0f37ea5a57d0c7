import Testing

@testable import CQL

/// Prepared statements on nodes that know them differently.
@Suite(.timeLimit(.minutes(15))) struct MixedVersionTests {
    private static let insert = "INSERT INTO scripted.texts (v0, v1) VALUES (?, ?)"
    private static let options = RequestOptions(isIdempotent: true, timeout: .seconds(20))

    /// Executes a statement until each node has had it, alone and in a batch.
    private func execute(
        _ statement: PreparedStatement,
        _ cluster: Cluster,
        _ nodes: [ScriptedNode]
    ) async throws {
        for number in 0..<8 * nodes.count {
            let values = BoundValues.texts("a\(number)", "b", for: statement)
            try await cluster.execute(statement, values, Self.options)
            var batch = StatementBatch(.unlogged)
            batch.append(statement, values)
            try await cluster.execute(batch, Self.options)
        }
        #expect(nodes.allSatisfy { $0.executedCount > 0 }, "\(nodes.map(\.executedCount))")
    }

    @Test func `a statement that a node of version 4 was told again works on nodes of version 5`()
        async throws
    {
        let place = ScriptedCluster()
        let nodes = try place.start(3) { number, script in
            if number == 2 { script.versions = [.v4] }
        }
        try await place.with(nodes) { cluster in
            let areUp = try await eventually { cluster.statistics.nodesUp == 3 }
            #expect(areUp)
            let statement = try await cluster.prepare(Self.insert)
            for _ in 0..<3 {
                for node in nodes { node.forgetStatements() }
                try await execute(statement, cluster, nodes)
            }
            let versions = nodes.map { Set($0.questions.filter { $0.opcode == .execute }.map(\.version)) }
            #expect(versions == [[.v5], [.v4], [.v5]])
        }
    }

    @Test func `a statement that was prepared in version 4 works on nodes of version 5`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(2) { number, script in
            script.versions = number == 1 ? [.v4] : ProtocolVersion.allCases
        }
        try await place.with(nodes) { cluster in
            let areUp = try await eventually { cluster.statistics.nodesUp == 2 }
            #expect(areUp)
            var statement = try await cluster.prepare(Self.insert)
            for _ in 0..<8 where statement.resultMetadataID != nil {
                statement = try await cluster.prepare(Self.insert)
            }
            try #require(statement.resultMetadataID == nil)
            try await execute(statement, cluster, nodes)
        }
    }

    @Test func `nodes that give a statement other ids are told it once, and execute it`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(3) { number, script in script.idPrefix = [number] }
        try await place.with(nodes) { cluster in
            let areUp = try await eventually { cluster.statistics.nodesUp == 3 }
            #expect(areUp)
            let statement = try await cluster.prepare(Self.insert)
            try await execute(statement, cluster, nodes)
            #expect(cluster.statistics.repreparations == 2)
            // As after an upgrade of all nodes.
            for node in nodes {
                node.change { $0.idPrefix += [9] }
                node.forgetStatements()
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<96 {
                    group.addTask {
                        let values = BoundValues.texts("c\(number)", "d", for: statement)
                        try await cluster.execute(statement, values, Self.options)
                    }
                }
                try await group.waitForAll()
            }
            try await execute(statement, cluster, nodes)
            #expect(cluster.statistics.repreparations == 5)
        }
    }

    @Test func `a node that was upgraded is spoken to in the newer version`() async throws {
        let place = ScriptedCluster()
        let nodes = try place.start(1) { _, script in script.versions = [.v4] }
        try await place.with(nodes) { cluster in
            let before = nodes[0].acceptedCount
            nodes[0].change { $0.versions = ProtocolVersion.allCases }
            nodes[0].endConnections()
            let isBack = try await eventually {
                nodes[0].acceptedCount >= before + 2 && cluster.statistics.nodesUp == 1
            }
            #expect(isBack)
            let statement = try await cluster.prepare(Self.insert)
            #expect(statement.resultMetadataID != nil)
        }
    }
}
