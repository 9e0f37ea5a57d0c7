import CQL
import CassandraTesting
import Foundation
import Fuzzing
import Logging
import Metrics
import PlayerSessions
import RocksDBStore
import SessionStoreTesting
import Testing

@testable import CassandraStore

extension OnRealNodes {
    @Suite(.serialized, .nodes(3), .timeLimit(.minutes(10)))
    struct ThreeNodes {
        /// Whether everything is to be gone through, as the variable CLUSTER_CASES = `all` says.
        ///
        /// A case takes seconds on real nodes, and one of many events a minute. The instant cluster goes through all of
        /// them each time.
        private static let isThorough = ProcessInfo.processInfo.environment["CLUSTER_CASES"] == "all"

        /// Every eighth of the short cases, and the one of many writers; or all.
        private static var cases: [ContractCase] {
            if isThorough { return StoreContract.cases }
            let short = StoreContract.cases.filter { !$0.name.localizedCaseInsensitiveContains("seed") }
            return short.enumerated()
                .filter { $0.offset % 8 == 0 || $0.element.name.contains("many tasks") }.map(\.element)
        }

        @Test(arguments: cases)
        func `the store keeps the contract on three nodes`(_ contractCase: ContractCase) async throws {
            try await contractCase.run(on: try await NodesHarness("contract", copies: 3))
        }

        @Test(arguments: 0..<(isThorough ? 3 : 1))
        func `processes that open an empty keyspace at once make one schema`(_ round: Int) async throws {
            let keyspace = "race_\(round)"
            let places = try (1...3).flatMap { node in
                let place = try address(keyspace) {
                    $0.nodes = [$0.nodes[node - 1]]
                    $0.replication = .copies(3)
                }
                return [place, place]
            }
            let log = LogRecord()
            let stores = try await withThrowingTaskGroup(of: CassandraStore.self) { group in
                for place in places {
                    group.addTask { try await openStore(place, logger: log.logger) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let playerID = try Identifier("p")
            for (index, store) in stores.enumerated() {
                let begin = try start("p", "\(index)", "2016-12-02T12:48:05Z", "FI")
                let end = try end("p", "\(index)", "2016-12-02T12:49:05Z")
                try await store.append(EventBatch([begin, end]))
            }
            for store in stores {
                let sessions = try await store.completeSessions(of: playerID, limit: 20)
                #expect(sessions.count == stores.count)
                await store.close()
            }
            for node in 1...3 {
                let table = try await tableIDs(keyspace, at: node)
                #expect(table.count == Schema.tables.count)
                let first = try await tableIDs(keyspace, at: 1)
                #expect(table == first)
            }
            let described = try await nodes().nodetool(1, "describecluster")
            let versions = described.matches(of: /(?m)^\s+[0-9a-f-]{36}: \[/).count
            #expect(versions == 1, "\(described)")
        }

        @Test(
            arguments: isThorough
                ? [UInt64.random(in: .min ... .max), 20_161_202] : [.random(in: .min ... .max)]
        )
        func `the same history gives the same answers as on the embedded store`(_ seed: UInt64) async throws {
            let shape = EventHistory.Shape(
                playerIDs: try (0..<8).map { try Identifier("player-\($0)") },
                sessionIDs: try (0..<30).map { try Identifier("session-\($0)") },
                earliest: try Timestamp(parsing: "2016-01-01T00:00:00Z"),
                latest: try Timestamp(parsing: "2016-12-02T12:00:00Z")
            )
            var history = EventHistory(seed: seed, shape: shape)
            let batches = history.batches(
                of: history.events(ThreeNodes.isThorough ? 800 : 400),
                maximumCount: 20
            )
            let harness = try await NodesHarness("histories", copies: 3)
            let cluster = try await harness.open(retention: .forever)
            let directory = TemporaryFolder()
            let embedded = try RocksDBStore(
                RocksDBStore.Options(path: directory.path, clock: harness.clock.wallClock),
                metrics: MetricsRegistry(),
                logger: .silent
            )
            for batch in batches {
                try Task.checkCancellation()
                try await cluster.append(batch)
                try await embedded.append(batch)
            }
            for isSettled in [false, true] {
                if isSettled { try await harness.settle() }
                for _ in 0..<40 {
                    let window = history.window()
                    let one = try await cluster.sessionStarts(in: window)
                    let other = try await embedded.sessionStarts(in: window)
                    #expect(one == other, "seed \(seed), \(window)")
                }
                for player in shape.playerIDs {
                    let one = try await cluster.completeSessions(of: player, limit: 100)
                    let other = try await embedded.completeSessions(of: player, limit: 100)
                    #expect(one == other, "seed \(seed), \(player)")
                }
            }
            await cluster.close()
            await embedded.close()
        }

        private func tableIDs(_ keyspace: String, at node: Int) async throws -> [String: String] {
            var found: [String: String] = [:]
            try await withCluster {
                $0.contactPoints = [$0.contactPoints[node - 1]]
            } _: { client in
                let answer = try await client.execute(
                    "SELECT table_name, id FROM system_schema.tables WHERE keyspace_name = '\(keyspace)'"
                )
                for row in try #require(answer.rows) {
                    let name = try row.value(at: 0, as: String.self)
                    found[name] = try row.value(at: 1, as: CQL.UUID.self).description
                }
            }
            return found
        }
    }
}
