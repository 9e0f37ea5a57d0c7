import EventDecoding
import PlayerSessions

/// The limits of one request.
public struct ServiceLimits: Sendable {
    /// The most events of a batch, including invalid lines.
    public var maximumBatchEvents: Int
    /// The most bytes of a body, both as sent and decompressed.
    public var maximumBodyBytes: Int
    /// How far in the future an event's `ts` may be, in microseconds.
    public var maximumClockSkew: Int64

    /// Makes limits; the defaults are the contract's.
    public init(
        maximumBatchEvents: Int = 10,
        maximumBodyBytes: Int = 65_536,
        maximumClockSkew: Int64 = Microseconds.perDay
    ) {
        self.maximumBatchEvents = maximumBatchEvents
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumClockSkew = maximumClockSkew
    }

    /// The most errors that one response lists, so that it stays small.
    static let maximumErrors = 100
    /// The most bytes of a query's body, regardless of the limit of batches.
    ///
    /// It is several times what any query needs, and read in well below a millisecond.
    static let maximumQueryBytes = 65_536
    /// The most parameters of a query's URL, the same as members of a query's body: several times what any query takes.
    static let maximumParameters = QueryDecoder.maximumMembers
    /// The most queries that wait for the store at once; their responses take memory.
    static let maximumConcurrentQueries = 1_024
    /// The most of them of one client, which leaves room for others.
    static let maximumConcurrentQueriesOfClient = 512
    /// The seconds after which a refused client may retry: a full queue empties in less than one.
    static let overloadedRetrySeconds = 1...3
    /// The seconds after which a service that shuts down may be back.
    static let shutdownRetrySeconds = 5...10
}
