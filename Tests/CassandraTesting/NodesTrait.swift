public import Testing

/// Gives a suite nodes for as long as it runs; suites with nodes of their own run one after the other.
public struct NodesTrait: SuiteTrait, TestScoping {
    var count: Int
    var options: [String] = []

    /// The nodes of the suite that runs.
    @TaskLocal public static var current: CassandraNodes?

    /// A machine has room for few nodes, and they have the same addresses.
    private static let turns = Turns()

    /// Starts the nodes, runs the suite and stops them.
    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        await Self.turns.take()
        do {
            let nodes = try await CassandraNodes.start(count, options)
            do {
                try await Self.$current.withValue(nodes) { try await function() }
            } catch {
                try await nodes.end()
                throw error
            }
            try await nodes.end()
        } catch {
            await Self.turns.pass()
            throw error
        }
        await Self.turns.pass()
    }
}

/// Lets one at a time go on, in the order in which they came.
private actor Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func pass() {
        guard !waiting.isEmpty else {
            isTaken = false
            return
        }
        waiting.removeFirst().resume()
    }
}

extension Trait where Self == NodesTrait {
    /// Nodes of their own, with options for the script.
    public static func nodes(_ count: Int, _ options: String...) -> NodesTrait {
        NodesTrait(count: count, options: options)
    }
}
