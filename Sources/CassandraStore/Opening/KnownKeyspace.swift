internal import CQL

/// A keyspace as the cluster's schema describes it.
struct KnownKeyspace {
    var replication: KnownReplication
    /// Whether acknowledged writes go to the commit log at all.
    var hasDurableWrites: Bool
    /// When its description was written, in µs; different for each keyspace that is created.
    var version: Int64
    /// The types of the columns, by table and column.
    var tables: [String: [String: String]]

    /// Returns the description of a keyspace; `nil` if it does not exist.
    static func read(_ name: String, from client: CQL.Cluster) async throws(CQLError) -> KnownKeyspace? {
        let options = RequestOptions(consistency: .one, isIdempotent: true)
        var values = BoundValues()
        values.append(name)
        let keyspaces = try await client.execute(
            """
            SELECT replication, durable_writes, WRITETIME(durable_writes) FROM system_schema.keyspaces \
            WHERE keyspace_name = ?
            """,
            values,
            options
        )
        guard let row = keyspaces.rows?.first else { return nil }
        var known = KnownKeyspace(
            replication: KnownReplication(options: try row.value(at: 0)),
            hasDurableWrites: try row.value(at: 1, as: Bool?.self) ?? true,
            version: try row.value(at: 2, as: Int64?.self) ?? 0,
            tables: [:]
        )
        let columns = try await client.execute(
            "SELECT table_name, column_name, type FROM system_schema.columns WHERE keyspace_name = ?",
            values,
            options
        )
        // All on one page: the store's keyspace has some fifty columns, and a page can hold thousands.
        if let rows = columns.rows {
            for row in rows {
                let (table, column): (String, String) = (try row.value(at: 0), try row.value(at: 1))
                known.tables[table, default: [:]][column] = try row.value(at: 2, as: String.self)
            }
        }
        return known
    }

    /// What in it belongs to another program, such as the original; `nil` if nothing does.
    var foreignPart: String? {
        if let type = tables["start_events_by_hour"]?["session_count"], type != "bigint" {
            return "start_events_by_hour counts sessions in a \(type), which cannot be written twice"
        }
        if let columns = tables["events_session_by_player_id"], columns["starts"] == nil {
            return "events_session_by_player_id has no column starts"
        }
        return nil
    }
}
