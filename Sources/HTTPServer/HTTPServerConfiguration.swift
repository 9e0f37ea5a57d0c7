/// Where a server listens, and its limits.
public struct HTTPServerConfiguration: Sendable {
    /// The name or address to listen at: IPv4, IPv6 (without brackets), or a name such as `localhost`.
    public var host: String
    /// The TCP port; 0 takes any that is free.
    public var port: Int
    /// How many loops, each with a thread of its own, serve connections.
    public var loops: Int
    /// How many connections of each loop the kernel may hold that are not accepted yet.
    public var backlog: Int
    /// How many connections may be open at a time, over all loops.
    public var maximumConnections: Int
    /// How many connections of one address may be open at a time, over all loops.
    public var maximumConnectionsPerAddress: Int
    /// How many connections beyond those are listened to at a time, over all loops: they may ask what
    /// `HTTPHandler.servesBeyondLimits` allows and are told 503 otherwise.
    public var maximumReservedConnections: Int
    /// The most bytes that all connections hold of requests and answers at a time, ordinary ones aside.
    public var maximumBufferedBytes: Int
    /// The most bytes of a head, from the method to the empty line.
    public var maximumHeadBytes: Int
    /// The most header fields of a head.
    public var maximumHeaders: Int
    /// The most bytes of a request's target.
    public var maximumTargetBytes: Int
    /// The time for a whole head, from its first byte.
    public var headDeadline: Duration
    /// The time for a whole body, from the end of the head.
    public var bodyDeadline: Duration
    /// The time for a client to take a whole answer.
    public var answerDeadline: Duration
    /// How long a connection may be open without a request.
    public var idleTimeout: Duration

    /// The most bytes that the connections of one address hold at a time: three quarters, or all where one address may
    /// have all connections, as a proxy's may.
    var maximumBufferedBytesPerAddress: Int {
        maximumConnectionsPerAddress >= maximumConnections
            ? maximumBufferedBytes : maximumBufferedBytes / 4 * 3
    }

    /// Makes a configuration; the deadlines are checked every 100 ms.
    public init(
        host: String = "127.0.0.1",
        port: Int = 0,
        loops: Int = 1,
        backlog: Int = 1_024,
        maximumConnections: Int = 16_384,
        maximumConnectionsPerAddress: Int = 16_384,
        maximumReservedConnections: Int = 64,
        maximumBufferedBytes: Int = 268_435_456,
        maximumHeadBytes: Int = 16_384,
        maximumHeaders: Int = 100,
        maximumTargetBytes: Int = 8_192,
        headDeadline: Duration = .seconds(10),
        bodyDeadline: Duration = .seconds(30),
        answerDeadline: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(75)
    ) {
        self.host = host
        self.port = port
        self.loops = loops
        self.backlog = backlog
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerAddress = maximumConnectionsPerAddress
        self.maximumReservedConnections = maximumReservedConnections
        self.maximumBufferedBytes = maximumBufferedBytes
        self.maximumHeadBytes = maximumHeadBytes
        self.maximumHeaders = maximumHeaders
        self.maximumTargetBytes = maximumTargetBytes
        self.headDeadline = headDeadline
        self.bodyDeadline = bodyDeadline
        self.answerDeadline = answerDeadline
        self.idleTimeout = idleTimeout
    }
}
