import PlayerSessions

extension Configuration {
    /// Every key, in the order in which they are shown.
    public static let keys: [Key] = [
        .form("listen", \.listen, flag: true, "the address to listen on; port 0 takes any free one"),
        .form("store", \.store, flag: true, "where sessions are stored"),
        .number(
            "retention_days",
            \.retentionDays,
            0...Retention.maximumDays,
            flag: true,
            "how many days sessions are kept; 0 keeps everything"
        ),
        .number(
            "max_clock_skew_seconds",
            \.maxClockSkewSeconds,
            0...31_622_400,
            flag: true,
            "how many seconds in the future the ts of an event may lie"
        ),
        .number(
            "max_batch_events",
            \.maxBatchEvents,
            1...10_000,
            flag: true,
            "the most events of a batch"
        ),
        .number(
            "max_body_bytes",
            \.maxBodyBytes,
            1_024...67_108_864,
            flag: true,
            "the most bytes of a request's body, as sent and as unpacked"
        ),
        .number(
            "loops",
            \.loops,
            0...64,
            flag: true,
            "how many HTTP event loops run, one thread each; 0 means one per core"
        ),
        .number(
            "max_connections",
            \.maxConnections,
            1...1_000_000,
            flag: true,
            "the most connections at a time"
        ),
        .number(
            "max_connections_per_address",
            \.maxConnectionsPerAddress,
            0...1_000_000,
            "the most connections at a time of one address; 0 is three quarters of all"
        ),
        .number(
            "max_buffered_megabytes",
            \.maxBufferedMegabytes,
            1...1_048_576,
            flag: true,
            "the limit of memory, in MiB, for large requests and responses in progress; beyond it requests get 503"
        ),
        .form(
            "allowed_origins",
            \.allowedOrigins,
            flag: true,
            "the origins of web pages that may use the service; * is all of them"
        ),
        .form(
            "allowed_hosts",
            \.allowedHosts,
            flag: true,
            "the Host values accepted beside localhost, such as the public one of a proxy; * is any"
        ),
        .number(
            "head_timeout_seconds",
            \.headTimeoutSeconds,
            1...3_600,
            "how long the head of a request may take"
        ),
        .number(
            "body_timeout_seconds",
            \.bodyTimeoutSeconds,
            1...3_600,
            "how long the body of a request may take"
        ),
        .number(
            "answer_timeout_seconds",
            \.answerTimeoutSeconds,
            1...3_600,
            "how long writing out an answer may take"
        ),
        .number(
            "idle_timeout_seconds",
            \.idleTimeoutSeconds,
            1...3_600,
            "how long a connection may be idle between requests"
        ),
        .number(
            "shutdown_grace_seconds",
            \.shutdownGraceSeconds,
            1...3_600,
            "how long a stop waits for requests under way"
        ),
        .number(
            "max_queued_events",
            \.maxQueuedEvents,
            1_000...10_000_000,
            "the most events that wait to be stored, no fewer than max_batch_events; more are answered 503"
        ),
        .number(
            "cluster_start_seconds",
            \.clusterStartSeconds,
            0...86_400,
            "how long the startup waits for a Cassandra cluster that cannot be reached or lacks nodes; 0 does not wait"
        ),
        .number(
            "block_cache_megabytes",
            \.blockCacheMegabytes,
            0...1_048_576,
            flag: true,
            "the size of the embedded store's cache, in MiB, at least 8; 0 is an eighth of the memory, 256 at least"
        ),
        .number(
            "hot_sessions",
            \.hotSessions,
            1_000...16_000_000,
            "how many of the newest sessions the embedded store holds in memory before it flushes them"
        ),
        .choice("log_format", \.logFormat, flag: true, "how a line of the log looks"),
        .choice(
            "log_level",
            \.logLevel,
            flag: true,
            "the minimum severity that is logged; debug adds a line per request"
        ),
    ]

    /// A key's effective value as text, with passwords hidden, and where it came from.
    public struct Entry: Sendable, Hashable {
        /// The name of the key.
        public var key: String
        /// The value, as it could be written in a file.
        public var value: String
        /// Where the value came from.
        public var source: Source
    }

    /// Every key with its effective value, in the order of `keys`.
    public var entries: [Entry] {
        Configuration.keys.map { key in
            Entry(key: key.name, value: key.text(self), source: sources[key.name] ?? .defaults)
        }
    }
}
