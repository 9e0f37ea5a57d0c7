import CQL
import CassandraTesting
import Metrics
import PlayerSessions
import Testing

@testable import CassandraStore

extension OnRealNodes {
    @Suite(.serialized, .nodes(1), .timeLimit(.minutes(5)))
    struct Opening {
        @Test func `an empty cluster gets keyspace and tables, and a warning of one copy`() async throws {
            let log = LogRecord()
            let store = try await openStore(try address("fresh"), logger: log.logger)
            await store.close()
            let warnings = log.lines(.warning)
            #expect(warnings.contains { $0.contains("on one node alone") }, "\(warnings)")
            #expect(warnings.contains { $0.contains("commitlog_sync=periodic") }, "\(warnings)")
            let changes = log.lines(.info).count { $0.hasPrefix("schema changed") }
            #expect(changes == 1 + Schema.tables.count)
        }

        @Test func `opening again changes nothing, and what was stored is there`() async throws {
            let store = try await openStore(try address("again"))
            try await store.append(EventBatch([try start("p", "s", "2016-12-02T12:48:05Z", "FI")]))
            await store.close()
            let log = LogRecord()
            let again = try await openStore(try address("again"), logger: log.logger)
            let window = TrailingWindow(
                from: try Timestamp(parsing: "2016-12-02T12:00:00Z"),
                until: try Timestamp(parsing: "2016-12-02T13:00:00Z")
            )
            let starts = try await again.sessionStarts(in: window)
            #expect(starts.map { "\($0.key): \($0.value)" } == ["FI: 1"])
            await again.close()
            let changes = log.lines(.info).filter { $0.hasPrefix("schema changed") }
            #expect(changes.isEmpty)
        }

        @Test func `every statement is taken by a server, and none is prepared late`() async throws {
            let place = try address("statements")
            try await withOpening(place) { opening, client in
                _ = try await opening.prepareKeyspace(client, makesMissing: true)
                let cluster = try await opening.bind(client, metrics: MetricsRegistry())
                for statement in Statement.examples {
                    let prepared = try await cluster.statements.prepared(statement)
                    #expect(prepared.variables.count == statement.values.count, "\(statement.text)")
                    // Of a partition that the text itself names, any node coordinates; of several, who sends it says.
                    let isNamed = ["list = 0", "(0, ?)", "'trial'", "player_id IN"].contains {
                        statement.text.contains($0)
                    }
                    let variables = isNamed ? 0 : statement.routingKey.count
                    #expect(prepared.partitionKey.count == variables, "\(statement.text)")
                    let values = try BoundValues(statement, for: prepared)
                    #expect(values.count == prepared.variables.count)
                }
                #expect(cluster.statements.lateCount == 0)
            }
        }

        @Test func `the printed schema is what the store makes`() async throws {
            let place = try address("printed") { $0.replication = .copies(1) }
            try await withCluster { client in
                for text in CassandraStore.schema(place).split(separator: ";\n") {
                    let statement = text.drop { $0.isWhitespace }
                    if !statement.isEmpty { try await client.execute(String(statement)) }
                }
            }
            let made = try await CassandraStore.makeKeyspace(place, logger: .silent)
            #expect(made.isEmpty)
            let other = try await CassandraStore.makeKeyspace(
                try address("other") { $0.replication = .copies(1) },
                logger: .silent
            )
            #expect(other.count == 1 + Schema.tables.count)
            try await withCluster { client in
                let printed = try await KnownKeyspace.read("printed", from: client)
                let made = try await KnownKeyspace.read("other", from: client)
                #expect(printed?.tables == made?.tables)
                #expect(printed?.replication == made?.replication)
            }
        }

        @Test func `a keyspace that is missing is not made where only reading was asked for`() async throws {
            let error = await refusal(of: try address("missing"), makesMissing: false)
            #expect(error?.kind == .unusable)
            #expect(error?.description.contains("there is no such keyspace") == true, "\(error as Any)")
        }

        @Test func `the original's counter table is refused with the way to go on`() async throws {
            try await makeKeyspace(
                "counters",
                "start_events_by_hour (yymmddhh int, country text, session_count counter, PRIMARY KEY (yymmddhh, country))"
            )
            let error = await refusal(of: try address("counters"))
            let text = error?.description ?? ""
            #expect(error?.kind == .unusable)
            #expect(text.contains("counts sessions in a counter"), "\(text)")
            #expect(text.contains("name a keyspace that is not there yet"), "\(text)")
            let known = try await knownTables("counters")
            #expect(known == ["start_events_by_hour"])
        }

        @Test func `the original's table of sessions is refused`() async throws {
            try await makeKeyspace(
                "originals",
                """
                events_session_by_player_id (player_id text, session_id text, is_started boolean, is_ended boolean,
                start_timestamp timestamp, end_timestamp timestamp, PRIMARY KEY (player_id, session_id))
                """
            )
            let error = await refusal(of: try address("originals"))
            #expect(error?.description.contains("has no column starts") == true, "\(error as Any)")
        }

        @Test(arguments: [("format", "1"), ("format", "3")])
        func `another format is refused`(_ name: String, _ value: String) async throws {
            let place = try address("settings_\(value)")
            _ = try await CassandraStore.makeKeyspace(place, logger: .silent)
            try await withCluster { client in
                try await client.execute(
                    "INSERT INTO settings_\(value).settings (name, value) VALUES ('\(name)', '\(value)')"
                )
            }
            let error = await refusal(of: place)
            #expect(error?.kind == .unusable)
            #expect(error?.description.contains("its \(name) is \(value)") == true, "\(error as Any)")
        }

        @Test func `more copies than nodes are refused before anything is made`() async throws {
            let error = await refusal(of: try address("many") { $0.replication = .copies(3) })
            #expect(error?.description.contains("asks for 3 copies") == true, "\(error as Any)")
            let known = try await knownTables("many")
            #expect(known == nil)
        }

        @Test func `a keyspace without copies in the service's data centre is refused`() async throws {
            try await withCluster { client in
                try await client.execute(
                    "CREATE KEYSPACE afar WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 0}"
                )
            }
            let error = await refusal(of: try address("afar"))
            #expect(error?.description.contains("has no copies") == true, "\(error as Any)")
        }

        @Test func `a data centre that is not there is refused by name`() async throws {
            let error = await refusal(of: try address("nowhere") { $0.dataCenter = "elsewhere" })
            #expect(error?.description.contains("no data centre elsewhere") == true, "\(error as Any)")
        }

        @Test func `a cluster that does not answer is said by its address`() async throws {
            let error = await refusal(
                of: ClusterAddress(nodes: [.init(host: "127.0.0.1", port: 1)], keyspace: "players")
            )
            #expect(error?.kind == .unusable)
            #expect(error?.description.contains("127.0.0.1:1") == true, "\(error as Any)")
        }

        private func withOpening(
            _ place: ClusterAddress,
            _ body: (ClusterOpening, CQL.Cluster) async throws -> Void
        ) async throws {
            let surroundings = Surroundings.system(wallClock: .system)
            let opening = ClusterOpening(
                address: place,
                surroundings: surroundings,
                patience: OpeningPatience(.zero, surroundings: surroundings, logger: .silent),
                logger: .silent
            )
            let client = try await opening.connect()
            do {
                try await body(opening, client)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
        }

        private func makeKeyspace(_ name: String, _ table: String) async throws {
            try await withCluster { client in
                let map = Replication.copies(1).cql(dataCenter: nil)
                try await client.execute(Schema.keyspace(name, replication: map))
                try await client.execute("CREATE TABLE \(name).\(table)")
            }
        }

        private func knownTables(_ keyspace: String) async throws -> [String]? {
            var tables: [String]?
            try await withCluster { client in
                tables = try await KnownKeyspace.read(keyspace, from: client)?.tables.keys.sorted()
            }
            return tables
        }
    }
}
