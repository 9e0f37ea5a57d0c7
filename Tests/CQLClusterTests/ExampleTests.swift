import CQL
import CassandraTesting
import Testing

extension OnRealNodes.Requests {
    /// The code of docs/cql.md, with values checked in place of printed.
    @Test func `the example of the documentation does what it says`() async throws {
        try await withCluster { try await $0.makeTable("example", copies: 1) }

        var configuration = ClusterConfiguration(contactPoints: [ContactPoint(host: try nodes().address(1))])
        configuration.credentials = Credentials(user: "user", password: "password")
        let cluster = try await Cluster.connect(configuration)

        let insert = try await cluster.prepare("INSERT INTO example.numbers (name, number) VALUES (?, ?)")
        var values = BoundValues(for: insert)
        values.append("one")
        values.append(Int64(1))
        try await cluster.execute(insert, values, RequestOptions(isIdempotent: true))

        var found: [String: Int64] = [:]
        let select = try await cluster.prepare("SELECT name, number FROM example.numbers")
        for try await page in cluster.pages(
            select,
            BoundValues(for: select),
            RequestOptions(pageSize: 1_000)
        ) {
            for row in page {
                found[try row.value("name", as: String.self)] = try row.value("number", as: Int64.self)
            }
        }
        await cluster.close()
        #expect(found == ["one": 1])
    }
}
