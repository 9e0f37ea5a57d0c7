import CQL
import CassandraTesting
import Glibc
import Testing

extension OnRealNodes {
    @Suite(.serialized, .nodes(1), .timeLimit(.minutes(5)))
    struct Requests {
        @Test func `what is written is read, by text and prepared`() async throws {
            try await withCluster { cluster in
                try await cluster.makeTable("written", copies: 1)
                let insert = try await cluster.prepare(
                    "INSERT INTO written.numbers (name, number) VALUES (?, ?)"
                )
                try await cluster.execute(insert, .of(insert, "one", 1))
                try await cluster.execute("INSERT INTO written.numbers (name, number) VALUES ('two', 2)")
                let select = try await cluster.prepare("SELECT number FROM written.numbers WHERE name = ?")
                for (name, number) in [("one", Int64(1)), ("two", 2)] {
                    let rows = try await cluster.execute(select, .of(select, name)).rows
                    #expect(try rows?.first?.value("number", as: Int64.self) == number)
                }
                let none = try await cluster.execute(select, .of(select, "three")).rows
                #expect(none?.isEmpty == true)
            }
        }

        @Test func `tasks of the client's executor stay on its thread, and end elsewhere once it is closed`()
            async throws
        {
            try await withCluster { cluster in
                let task = Task(executorPreference: cluster.executor) {
                    var threads: Set<UInt> = [currentThread()]
                    for _ in 0..<20 {
                        try await cluster.execute("SELECT key FROM system.local")
                        threads.insert(currentThread())
                    }
                    return threads
                }
                let threads = try await task.value
                #expect(threads.count == 1)
                #expect(!threads.contains(currentThread()))
                let last = Task(executorPreference: cluster.executor) {
                    while (try? await cluster.execute("SELECT key FROM system.local")) != nil {}
                    return currentThread()
                }
                await cluster.close()
                let end = await last.value
                #expect(!threads.contains(end))
            }
        }

        @Test func `a value of another type fails before anything is sent`() async throws {
            try await withCluster { cluster in
                try await cluster.makeTable("typed", copies: 1)
                let select = try await cluster.prepare("SELECT number FROM typed.numbers WHERE name = ?")
                var values = BoundValues(for: select)
                values.append(Int64(3))
                let error = await #expect(throws: CQLError.self) { try await cluster.execute(select, values) }
                #expect(error?.execution == .notExecuted)
                #expect(error?.statement == select.statement)
            }
        }

        @Test func `an error names the node, the statement and the cause`() async throws {
            try await withCluster { cluster in
                let error = await #expect(throws: CQLError.self) {
                    try await cluster.execute("SELECT * FROM nowhere.nothing")
                }
                #expect(error?.node == "\(CassandraNodes.subnet).1:9042")
                #expect(error?.statement == "SELECT * FROM nowhere.nothing")
                #expect(error?.serverError?.kind == .invalid)
                #expect(error?.execution == .notExecuted)
            }
        }

        @Test func `pages follow each other until all rows are there, once`() async throws {
            try await withCluster { cluster in
                let table = "rows (name text, number bigint, PRIMARY KEY (name, number))"
                try await cluster.makeTable("paged", table, copies: 1)
                let insert = try await cluster.prepare("INSERT INTO paged.rows (name, number) VALUES (?, ?)")
                for number in 0..<95 { try await cluster.execute(insert, .of(insert, "a", Int64(number))) }
                let select = try await cluster.prepare("SELECT number FROM paged.rows WHERE name = ?")
                var sizes: [Int] = []
                var numbers: [Int64] = []
                for try await page in cluster.pages(select, .of(select, "a"), RequestOptions(pageSize: 30)) {
                    sizes.append(page.count)
                    for row in page { numbers.append(try row.value(at: 0)) }
                }
                #expect(sizes == [30, 30, 30, 5])
                #expect(numbers == (0..<95).map(Int64.init))
            }
        }

        @Test(arguments: [BatchKind.logged, .unlogged])
        func `a batch executes all of its statements`(kind: BatchKind) async throws {
            try await withCluster { cluster in
                let keyspace = "batched_\(kind.rawValue)"
                try await cluster.makeTable(keyspace, copies: 1)
                let insert = try await cluster.prepare(
                    "INSERT INTO \(keyspace).numbers (name, number) VALUES (?, ?)"
                )
                var batch = StatementBatch(kind)
                for number in 0..<10 { batch.append(insert, .of(insert, "n\(number)", Int64(number))) }
                batch.append("INSERT INTO \(keyspace).numbers (name, number) VALUES ('text', 99)")
                try await cluster.execute(batch)
                let rows = try await cluster.execute("SELECT number FROM \(keyspace).numbers").rows
                let numbers = try (rows.map(Array.init) ?? []).map { try $0.value(at: 0, as: Int64.self) }
                #expect(numbers.sorted() == (0..<10).map(Int64.init) + [99])
            }
        }

        @Test func `a later write with an earlier timestamp changes nothing`() async throws {
            try await withCluster { cluster in
                try await cluster.makeTable("stamped", copies: 1)
                let insert = try await cluster.prepare(
                    "INSERT INTO stamped.numbers (name, number) VALUES (?, ?)"
                )
                try await cluster.execute(insert, .of(insert, "a", 1), RequestOptions(timestamp: 2_000))
                try await cluster.execute(insert, .of(insert, "a", 2), RequestOptions(timestamp: 1_000))
                let rows = try await cluster.execute("SELECT number FROM stamped.numbers").rows
                #expect(try rows?.first?.value(at: 0, as: Int64.self) == 1)
            }
        }

        @Test func `a statement that the node has forgotten is prepared again, alone and in a batch`()
            async throws
        {
            try await withCluster { cluster in
                try await cluster.makeTable("forgotten", copies: 1)
                let insert = try await cluster.prepare(
                    "INSERT INTO forgotten.numbers (name, number) VALUES (?, ?)"
                )
                let update = try await cluster.prepare(
                    "UPDATE forgotten.numbers SET number = ? WHERE name = ?"
                )
                // A node forgets a table's statements when the table changes.
                try await cluster.execute("ALTER TABLE forgotten.numbers ADD more int")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<64 {
                        group.addTask { try await cluster.execute(insert, .of(insert, "n\(number)", 1)) }
                    }
                    try await group.waitForAll()
                }
                #expect(cluster.statistics.repreparations >= 1)
                #expect(cluster.statistics.repreparations < 64)
                try await cluster.execute("ALTER TABLE forgotten.numbers ADD stillmore int")
                var batch = StatementBatch(.logged)
                batch.append(insert, .of(insert, "last", 7))
                var values = BoundValues(for: update)
                values.append(Int64(8))
                values.append("last")
                batch.append(update, values)
                try await cluster.execute(batch)
                let count = try await cluster.execute("SELECT count(*) FROM forgotten.numbers").rows
                #expect(try count?.first?.value(at: 0, as: Int64.self) == 65)
            }
        }

        @Test func `a result that has got another column is read with it`() async throws {
            try await withCluster { cluster in
                try await cluster.makeTable("widened", copies: 1)
                try await cluster.execute("INSERT INTO widened.numbers (name, number) VALUES ('a', 1)")
                let select = try await cluster.prepare("SELECT * FROM widened.numbers WHERE name = ?")
                try await cluster.execute(select, .of(select, "a"))
                try await cluster.execute("ALTER TABLE widened.numbers ADD another bigint")
                try await cluster.execute("INSERT INTO widened.numbers (name, another) VALUES ('a', 5)")
                for _ in 0..<3 {
                    let row = try await cluster.execute(select, .of(select, "a")).rows?.first
                    #expect(try row?.value("another", as: Int64.self) == 5)
                    #expect(try row?.value("number", as: Int64.self) == 1)
                }
            }
        }

        @Test func `requests beyond the bound fail at once, and the others are answered`() async throws {
            try await withCluster {
                $0.maximumPendingRequests = 16
            } _: { cluster in
                let outcomes = await withTaskGroup(of: CQLError.Cause?.self) { group in
                    for _ in 0..<400 {
                        group.addTask {
                            do throws(CQLError) {
                                try await cluster.execute("SELECT * FROM system_schema.columns")
                                return nil
                            } catch {
                                return error.cause
                            }
                        }
                    }
                    return await group.reduce(into: [CQLError.Cause?]()) { $0.append($1) }
                }
                #expect(outcomes.contains(nil))
                #expect(outcomes.contains(.overloaded))
                #expect(outcomes.allSatisfy { $0 == nil || $0 == .overloaded })
                #expect(cluster.statistics.pendingRequestCount == 0)
            }
        }

        @Test func `an answer longer than the cap fails its request, and the next one works`() async throws {
            try await withCluster {
                $0.maximumFrameBytes = 65_536
            } _: { cluster in
                try await cluster.makeTable("long", copies: 1)
                let insert = try await cluster.prepare(
                    "INSERT INTO long.numbers (name, number) VALUES (?, ?)"
                )
                // Three keys of a size that a server takes, each shorter than the cap, and longer together.
                for letter in ["a", "b", "c"] {
                    try await cluster.execute(
                        insert,
                        .of(insert, String(repeating: letter, count: 30_000), 1)
                    )
                }
                let error = await #expect(throws: CQLError.self) {
                    try await cluster.execute("SELECT name FROM long.numbers")
                }
                guard case .frameTooLong(_, limit: 65_536) = error?.cause else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                let isBack = try await eventually {
                    (try? await cluster.execute("SELECT key FROM system.local")) != nil
                }
                #expect(isBack)
            }
        }

        @Test func `the node's tokens for keys are the client's`() async throws {
            try await withCluster { cluster in
                try await cluster.makeTable("hashed", copies: 1)
                let insert = try await cluster.prepare(
                    "INSERT INTO hashed.numbers (name, number) VALUES (?, ?)"
                )
                for name in ["", "a", "Zoë", String(repeating: "ÿ", count: 33)].dropFirst() {
                    try await cluster.execute(insert, .of(insert, name, 1))
                }
                let rows = try #require(
                    try await cluster.execute("SELECT name, token(name) FROM hashed.numbers").rows
                )
                #expect(rows.count == 3)
                for row in rows {
                    let name: String = try row.value(at: 0)
                    #expect(try Token(partitionKey: Array(name.utf8)).value == row.value(at: 1))
                }
            }
        }

        @Test func `nodes that have the same schema agree at once`() async throws {
            try await withCluster { cluster in
                let clock = ContinuousClock()
                let time = await clock.measure { await cluster.awaitSchemaAgreement() }
                // Without an answer it would be ten.
                #expect(time < .seconds(8))
            }
        }

        @Test func `a client that was closed takes nothing more`() async throws {
            let cluster = try await Cluster.connect(try configuration())
            await cluster.close()
            await cluster.close()
            await cluster.awaitSchemaAgreement()
            let error = await #expect(throws: CQLError.self) {
                try await cluster.execute("SELECT key FROM system.local")
            }
            #expect(error?.cause == .clientClosed)
        }
    }
}

/// The thread that calls.
private func currentThread() -> UInt { UInt(pthread_self()) }
