@testable import CQL
import CassandraTesting
import Synchronization
import Testing

extension OnRealNodes {
    @Suite(.serialized, .nodes(3), .timeLimit(.minutes(15)))
    struct Faults {
        @Test func `all nodes are found by one contact point`() async throws {
            try await withCluster {
                $0.contactPoints = [
                    ContactPoint(host: "\(CassandraNodes.subnet).2", port: CassandraNodes.port)
                ]
            } _: { cluster in
                // Nodes that have just started tell each other of themselves for a while.
                let isWhole = try await eventually { cluster.statistics.nodesUp == 3 }
                #expect(isWhole)
                let addresses = cluster.nodes.map(\.endpoint.description).sorted()
                #expect(addresses == (1...3).map { "\(CassandraNodes.subnet).\($0):9042" })
                #expect(Set(cluster.nodes.map(\.dataCenter)) == ["datacenter1"])
                #expect(cluster.nodes.allSatisfy { $0.tokens.count == 16 })
            }
        }

        @Test func `a data centre that the cluster does not have is refused, and its own are named`()
            async throws
        {
            let error = await #expect(throws: CQLError.self) {
                try await withCluster {
                    $0.localDataCenter = "elsewhere"
                } _: { _ in
                }
            }
            #expect(error?.description.contains("it has datacenter1") == true, "\(String(describing: error))")
        }

        @Test func `contact points that nobody listens at are said, each with its reason`() async throws {
            let error = await #expect(throws: CQLError.self) {
                try await withCluster {
                    $0.contactPoints = [
                        ContactPoint(host: "\(CassandraNodes.subnet).99"),
                        ContactPoint(host: "nowhere.invalid"),
                    ]
                } _: { _ in
                }
            }
            guard case .noNodeAvailable(let errors) = error?.cause else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(Set(errors.map(\.node)) == ["\(CassandraNodes.subnet).99:9042", "nowhere.invalid:9042"])
        }

        @Test func `a killed node fails no request that can be repeated, and comes back`() async throws {
            let nodes = try nodes()
            try await withCluster { cluster in
                let insert = try await insertion("killed", cluster)
                let load = Load(cluster, insert)
                async let outcome = load.run(workers: 4)
                try await load.goOn()
                // What a node has prepared is on its disk: without it, it has to be told again.
                try await cluster.execute("TRUNCATE system.prepared_statements")
                try await nodes.kill(2)
                let isDown = try await eventually { cluster.statistics.nodesUp == 2 }
                #expect(isDown, "\(cluster.statistics)")
                try await load.goOn()
                try await nodes.restart(2)
                let isUp = try await eventually { cluster.statistics.nodesUp == 3 }
                #expect(isUp)
                try await load.goOn()
                load.stop()
                let (succeeded, errors) = await outcome
                #expect(errors.isEmpty, "\(errors.prefix(3))")
                #expect(succeeded >= 3 * Load.share)
                let count = try await cluster.execute(
                    "SELECT count(*) FROM killed.numbers",
                    BoundValues(),
                    .init(consistency: .quorum)
                )
                #expect(try count.rows?.first?.value(at: 0, as: Int64.self) == Int64(succeeded))
            }
        }

        @Test func `a node that hangs holds up no request beyond its deadline, and is asked last`()
            async throws
        {
            let nodes = try nodes()
            try await withCluster {
                $0.attemptTimeout = .seconds(1)
                $0.idleTimeout = .seconds(2)
            } _: { cluster in
                let insert = try await insertion("paused", cluster)
                let load = Load(cluster, insert)
                async let outcome = load.run(workers: 4)
                try await load.goOn()
                try await nodes.pause(3)
                let isSuspect = try await eventually { cluster.statistics.nodesUp == 2 }
                #expect(isSuspect)
                let timeouts = cluster.statistics.timeouts
                try await Task.sleep(for: .seconds(4))
                // Those that were under way to it have timed out once; later ones go elsewhere at once.
                #expect(cluster.statistics.timeouts <= timeouts + 4)
                try await nodes.resume(3)
                let isUp = try await eventually { cluster.statistics.nodesUp == 3 }
                #expect(isUp)
                try await load.goOn()
                load.stop()
                let (succeeded, errors) = await outcome
                #expect(errors.isEmpty, "\(errors.prefix(3))")
                #expect(succeeded >= 2 * Load.share)
            }
        }

        @Test func `a request that cannot be repeated says that it may have been executed`() async throws {
            let nodes = try nodes()
            try await withCluster {
                $0.suspicionTimeout = .seconds(60)
            } _: { cluster in
                let insert = try await insertion("unknown", cluster)
                try await nodes.pause(3)
                var unknown = 0
                for number in 0..<12 {
                    do throws(CQLError) {
                        let options = RequestOptions(consistency: .quorum, timeout: .seconds(1))
                        try await cluster.execute(insert, .of(insert, "n\(number)", 1), options)
                    } catch {
                        #expect(error.cause == .timedOut)
                        #expect(error.execution == .mayHaveExecuted)
                        unknown += 1
                    }
                }
                try await nodes.resume(3)
                #expect((1..<12).contains(unknown))
            }
        }

        @Test func `the nodes that the client takes for a key's replicas are the cluster's`() async throws {
            let nodes = try nodes()
            try await withCluster { cluster in
                try await cluster.makeTable("placed", copies: 2)
                for name in ["a", "player", "0a2d12a1a7e145de8bae44c0c6e06629"] {
                    let token = Token(partitionKey: Array(name.utf8))
                    let listed = try await nodes.nodetool(1, "getendpoints", "placed", "numbers", name)
                    let wanted = listed.split(separator: "\n").map(String.init).filter {
                        $0.hasPrefix("127.")
                    }
                    let found = cluster.replicas(of: token, copies: 2).map(\.endpoint.address.description)
                    #expect(found.sorted() == wanted.sorted())
                }
            }
        }
    }
}

/// The statement that fills a table which is on all three nodes, once the client has found them.
private func insertion(_ keyspace: String, _ cluster: Cluster) async throws -> PreparedStatement {
    try await cluster.makeTable(keyspace, copies: 3)
    let isWhole = try await eventually { cluster.statistics.nodesUp == 3 }
    try #require(isWhole, "\(cluster.statistics)")
    return try await cluster.prepare("INSERT INTO \(keyspace).numbers (name, number) VALUES (?, ?)")
}

/// Writers that go on until they are told to stop, at a pace that leaves nodes on the same machine time to start.
private final class Load: Sendable {
    private let cluster: Cluster
    private let insert: PreparedStatement
    private let isStopped = Atomic(false)
    private let number = Atomic<Int64>(0)
    private let succeeded = Atomic<Int64>(0)

    /// How many writes are enough to show what becomes of them.
    static let share = 50

    init(_ cluster: Cluster, _ insert: PreparedStatement) {
        self.cluster = cluster
        self.insert = insert
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Returns when so many more writes have succeeded, or none has for long: a busy machine takes its time.
    func goOn() async throws {
        let enough = succeeded.load(ordering: .relaxed) + Int64(Load.share)
        let isEnough = try await eventually { self.succeeded.load(ordering: .relaxed) >= enough }
        #expect(isEnough)
    }

    /// How many writes succeeded, and the errors of those that did not.
    func run(workers: Int) async -> (succeeded: Int, errors: [CQLError]) {
        await withTaskGroup(of: (Int, [CQLError]).self) { group in
            for _ in 0..<workers { group.addTask { await self.work() } }
            return await group.reduce(into: (0, [])) {
                $0.0 += $1.0
                $0.1 += $1.1
            }
        }
    }

    private func work() async -> (Int, [CQLError]) {
        let options = RequestOptions(consistency: .quorum, isIdempotent: true)
        var succeeded = 0
        var errors: [CQLError] = []
        // Cancelled when the test throws before it has stopped the load.
        while !isStopped.load(ordering: .relaxed), !Task.isCancelled {
            let next = number.add(1, ordering: .relaxed).newValue
            do throws(CQLError) {
                try await cluster.execute(insert, .of(insert, "n\(next)", next), options)
                succeeded += 1
                self.succeeded.add(1, ordering: .relaxed)
            } catch {
                errors.append(error)
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return (succeeded, errors)
    }
}

extension Cluster {
    /// The replicas that a simple strategy gives a token on the ring as the client knows it.
    fileprivate func replicas(of token: Token, copies: Int) -> [Node] {
        let nodes = nodes
        let ring = TokenRing(nodes)
        guard let range = ring.range(of: token) else { return [] }
        return ring.replicas(ofRange: range, .simple(copies: copies)).map { nodes[$0] }
    }
}
