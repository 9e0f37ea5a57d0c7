/// The effective configuration of the service.
///
/// What each value means, its default and its range stand in `Configuration.keys`, which drives the reading of every
/// source, the help and the documents. The values below are the defaults.
public struct Configuration: Sendable, Hashable {
    /// The address to listen on.
    public internal(set) var listen = ListenAddress(host: "127.0.0.1", port: 5000)
    /// Where sessions are stored.
    public internal(set) var store = StoreLocation.rocksdb(path: "./player-sessions-data")
    /// How many days sessions are kept; 0 keeps everything.
    public internal(set) var retentionDays = 0
    /// How far in the future a `ts` may lie, in seconds.
    public internal(set) var maxClockSkewSeconds = 86_400
    /// The most events of a batch.
    public internal(set) var maxBatchEvents = 10
    /// The most bytes of a body, as sent and as unpacked.
    public internal(set) var maxBodyBytes = 65_536
    /// How many HTTP loops run; 0 is one a core.
    public internal(set) var loops = 0
    /// The most connections at a time; fewer where the system's limit of open files is too low.
    public internal(set) var maxConnections = 16_384
    /// The most connections at a time of one address; 0 is three quarters of all.
    public internal(set) var maxConnectionsPerAddress = 0
    /// The most memory of requests and answers on their way, in MiB.
    public internal(set) var maxBufferedMegabytes = 256
    /// The origins of web pages that may use the service.
    public internal(set) var allowedOrigins = AllowedOrigins()
    /// The names of the service's host that requests may ask, beside those of this machine.
    public internal(set) var allowedHosts = AllowedHosts()
    /// How long the head of a request may take.
    public internal(set) var headTimeoutSeconds = 10
    /// How long the body of a request may take.
    public internal(set) var bodyTimeoutSeconds = 30
    /// How long writing out an answer may take.
    public internal(set) var answerTimeoutSeconds = 30
    /// How long a connection may rest between requests.
    public internal(set) var idleTimeoutSeconds = 75
    /// How long a stop waits for what was taken.
    public internal(set) var shutdownGraceSeconds = 30
    /// The most events that wait to be stored; more are answered 503.
    public internal(set) var maxQueuedEvents = 200_000
    /// How long a start waits for a cluster that is not ready yet.
    public internal(set) var clusterStartSeconds = 60
    /// The size of the embedded store's cache, in MiB; 0 is a share of the memory.
    public internal(set) var blockCacheMegabytes = 0
    /// How many sessions one generation of the embedded store's hot table holds.
    public internal(set) var hotSessions = 1_000_000
    /// How a line of the log looks.
    public internal(set) var logFormat = LogFormat.text
    /// The least that a line of the log must matter.
    public internal(set) var logLevel = LogLevel.info

    /// Where the values that are no defaults came from, by key.
    var sources: [String: Source] = [:]

    /// The defaults.
    public init() {}

    /// How a line of the log looks.
    public enum LogFormat: String, Sendable, Hashable, CaseIterable {
        /// For people.
        case text
        /// One JSON object a line.
        case json
    }

    /// How much a line of the log matters.
    public enum LogLevel: String, Sendable, Hashable, CaseIterable {
        /// For whoever looks for a fault.
        case debug
        /// For whoever runs the service.
        case info
        /// Something to look at.
        case warning
        /// Something failed.
        case error
    }
}
