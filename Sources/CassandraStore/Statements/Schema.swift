/// The keyspace's tables, with the names of the original where it had them.
///
/// The texts name no keyspace; `qualified` adds the store's.
enum Schema {
    /// The number of the layout, stored in the keyspace; another one is refused.
    static let format = "2"

    /// Returns the CQL that creates the keyspace; `replication` is a map in CQL.
    static func keyspace(_ name: String, replication: String) -> String {
        "CREATE KEYSPACE IF NOT EXISTS \"\(name)\" WITH replication = \(replication)"
    }

    /// The tables by name, in the order of their creation.
    static let tables: [(name: String, text: String)] = [
        (
            // Every event reads one row. Cassandra reads and decompresses whole chunks: 4 KiB, not 16.
            "events_session_by_player_id",
            """
            CREATE TABLE IF NOT EXISTS events_session_by_player_id (
                player_id text, session_id text,
                is_started boolean, is_ended boolean, start_timestamp timestamp, end_timestamp timestamp,
                starts map<blob, bigint>, end_us bigint, ledger blob,
                PRIMARY KEY (player_id, session_id))
                WITH compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 4}
            """
        ),
        (
            "start_events_by_hour",
            """
            CREATE TABLE IF NOT EXISTS start_events_by_hour (
                yymmddhh int, country text, session_count bigint,
                PRIMARY KEY (yymmddhh, country))
            """
        ),
        (
            // A row that comes back to life only costs a wasted read, so tombstones need not be kept for long; but no
            // shorter than hints (3 hours), because a hint lives as long as the shortest `gc_grace_seconds` of its
            // tables.
            "sessions_by_end",
            """
            CREATE TABLE IF NOT EXISTS sessions_by_end (
                player_id text, end_us bigint, session_id text,
                PRIMARY KEY (player_id, end_us, session_id))
                WITH CLUSTERING ORDER BY (end_us DESC, session_id ASC) AND gc_grace_seconds = 86400
            """
        ),
        (
            // What is removed was flushed long before and is never read again, so its tombstones are kept only as long
            // as hints.
            "start_log",
            """
            CREATE TABLE IF NOT EXISTS start_log (
                bucket bigint, generation bigint, process bigint,
                start_us bigint, player_id text, session_id text, country text, change int,
                PRIMARY KEY ((bucket, generation, process), start_us, player_id, session_id, country, change))
                WITH gc_grace_seconds = 10800
            """
        ),
        (
            "flushed_starts",
            """
            CREATE TABLE IF NOT EXISTS flushed_starts (
                span bigint, minute bigint, generation bigint, process bigint,
                starts blob, digests blob, totals blob, first_us bigint, last_us bigint,
                PRIMARY KEY (span, minute, generation, process))
            """
        ),
        (
            // A registration of a process that is gone is watched and removed again if it comes back to life. Read
            // repair is off: it would repair only the rows that were read, and a flush is one write of more rows than
            // any read has.
            "start_totals",
            """
            CREATE TABLE IF NOT EXISTS start_totals (
                bucket bigint, tier int, unit bigint, process bigint, content blob, changed bigint,
                version bigint static, copied bigint static,
                flushed bigint static, open_generation bigint static, fence bigint static,
                kept bigint static,
                PRIMARY KEY (bucket, tier, unit, process))
                WITH gc_grace_seconds = 10800 AND read_repair = 'NONE'
                AND compaction = {'class': 'LeveledCompactionStrategy'}
            """
        ),
        (
            "start_buckets",
            """
            CREATE TABLE IF NOT EXISTS start_buckets (
                list int, bucket bigint, PRIMARY KEY (list, bucket))
            """
        ),
        ("settings", "CREATE TABLE IF NOT EXISTS settings (name text PRIMARY KEY, value text)"),
    ]

    /// The settings that the keyspace stores, by name.
    static let settings = [("format", format)]
}
