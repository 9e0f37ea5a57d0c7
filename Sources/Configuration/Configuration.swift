/// The effective configuration of the service.
///
/// `Configuration.keys` has the meaning, default and range of each value; it drives the parsing of all sources, the
/// help and the documents. The values below are the defaults.
public struct Configuration: Sendable, Hashable {
    /// The address to listen on.
    public internal(set) var listen = ListenAddress(host: "127.0.0.1", port: 5000)
    /// Where sessions are stored.
    public internal(set) var store = StoreLocation.rocksdb(path: "./player-sessions-data")
    /// How many days sessions are kept; 0 keeps everything.
    public internal(set) var retentionDays = 0
    /// How far in the future a `ts` may lie, in seconds.
    public internal(set) var maxClockSkewSeconds = 86_400
    /// The maximum number of events in a batch.
    public internal(set) var maxBatchEvents = 10
    /// The maximum size of a body in bytes, as sent and as decompressed.
    public internal(set) var maxBodyBytes = 65_536
    /// The number of HTTP loops; 0 means one per core.
    public internal(set) var loops = 0
    /// The maximum number of connections; fewer if the system's limit of open files is too low.
    public internal(set) var maxConnections = 16_384
    /// The maximum number of connections per address; 0 means three quarters of all.
    public internal(set) var maxConnectionsPerAddress = 0
    /// The maximum memory of requests and responses in progress, in MiB.
    public internal(set) var maxBufferedMegabytes = 256
    /// The origins of web pages that may use the service.
    public internal(set) var allowedOrigins = AllowedOrigins()
    /// The host names by which requests may address the service, besides those of this machine.
    public internal(set) var allowedHosts = AllowedHosts()
    /// How long receiving the head of a request may take.
    public internal(set) var headTimeoutSeconds = 10
    /// How long receiving the body of a request may take.
    public internal(set) var bodyTimeoutSeconds = 30
    /// How long sending a response may take.
    public internal(set) var answerTimeoutSeconds = 30
    /// How long a connection may be idle between requests.
    public internal(set) var idleTimeoutSeconds = 75
    /// How long a stop waits for pending requests.
    public internal(set) var shutdownGraceSeconds = 30
    /// The maximum number of events waiting to be stored; more get 503.
    public internal(set) var maxQueuedEvents = 200_000
    /// How long a start waits for a cluster that is not ready yet.
    public internal(set) var clusterStartSeconds = 60
    /// The size of the embedded store's cache, in MiB; 0 means a share of the memory.
    public internal(set) var blockCacheMegabytes = 0
    /// How many sessions a memtable of the embedded store holds.
    public internal(set) var hotSessions = 1_000_000
    /// The format of log lines.
    public internal(set) var logFormat = LogFormat.text
    /// The minimum severity of log lines.
    public internal(set) var logLevel = LogLevel.info

    /// The sources of the values that are not defaults, by key.
    var sources: [String: Source] = [:]

    /// Creates the default configuration.
    public init() {}

    /// The format of log lines.
    public enum LogFormat: String, Sendable, Hashable, CaseIterable {
        /// For people.
        case text
        /// One JSON object per line.
        case json
    }

    /// The severity of a log line.
    public enum LogLevel: String, Sendable, Hashable, CaseIterable {
        /// For debugging.
        case debug
        /// For operators.
        case info
        /// Something that needs attention.
        case warning
        /// Something failed.
        case error
    }
}
