import Testing

/// Gives a suite nodes for as long as it runs.
struct NodesTrait: SuiteTrait, TestScoping {
    var count: Int
    var options: [String] = []

    @TaskLocal static var current: CassandraNodes?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let nodes = try await CassandraNodes.start(count, options)
        do {
            try await Self.$current.withValue(nodes) { try await function() }
        } catch {
            try await nodes.end()
            throw error
        }
        try await nodes.end()
    }
}

extension Trait where Self == NodesTrait {
    /// Nodes of their own, with options for the script.
    static func nodes(_ count: Int, _ options: String...) -> NodesTrait {
        NodesTrait(count: count, options: options)
    }
}

/// All tests on real nodes, one suite after the other: a machine has room for few nodes.
@Suite(.serialized) struct OnRealNodes {}
