import EventDecoding
import PlayerSessions

/// How much one request may ask of the service.
public struct ServiceLimits: Sendable {
    /// The most events of a batch; lines that are wrong count, too.
    public var maximumBatchEvents: Int
    /// The most bytes of a body, as sent and as unpacked.
    public var maximumBodyBytes: Int
    /// How far in the future an event's `ts` may lie, in microseconds.
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

    /// The most errors that one answer lists, so that an answer stays small.
    static let maximumErrors = 100
    /// The most bytes of a query's body, whatever the limit of batches is: several times what any query needs, and read
    /// in well below a millisecond.
    static let maximumQueryBytes = 65_536
    /// The most parameters of a query's URL, as many as a query's body may have members: several times what any query
    /// knows.
    static let maximumParameters = QueryDecoder.maximumMembers
    /// The most queries that wait for the store at a time: their answers are what takes memory.
    static let maximumConcurrentQueries = 1_024
    /// The most of them of one client, so that it leaves room for others.
    static let maximumConcurrentQueriesOfClient = 512
    /// The seconds after which a refused client may come again: a queue that is full empties in less than one.
    static let overloadedRetrySeconds = 1...3
    /// The seconds after which a service that shuts down can be back.
    static let shutdownRetrySeconds = 5...10
}
