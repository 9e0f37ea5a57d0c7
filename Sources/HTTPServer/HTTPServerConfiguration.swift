/// The address and the limits of a server.
public struct HTTPServerConfiguration: Sendable {
    /// The host to listen on: an IPv4 address, an IPv6 address without brackets, or a name such as `localhost`.
    public var host: String
    /// The TCP port; 0 means any free one.
    public var port: Int
    /// The number of loops that serve connections, each on its own thread.
    public var loops: Int
    /// The most connections per loop that the kernel holds before they are accepted.
    public var backlog: Int
    /// The most open connections, over all loops.
    public var maximumConnections: Int
    /// The most open connections of one address, over all loops.
    public var maximumConnectionsPerAddress: Int
    /// The most connections beyond those limits that are held open, over all loops.
    ///
    /// They are served only requests that `HTTPHandler.servesBeyondLimits` allows, and get 503 otherwise.
    public var maximumReservedConnections: Int
    /// The most bytes of requests and responses that all connections hold at once, not counting small ones.
    public var maximumBufferedBytes: Int
    /// The most bytes of a head, from the method to the empty line.
    public var maximumHeadBytes: Int
    /// The most header fields of a head.
    public var maximumHeaders: Int
    /// The most bytes of a request's target.
    public var maximumTargetBytes: Int
    /// The time for a complete head, from its first byte.
    public var headDeadline: Duration
    /// The time for a complete body, from the end of the head.
    public var bodyDeadline: Duration
    /// The time for a client to receive a complete response.
    public var responseDeadline: Duration
    /// How long a connection may stay open without a request.
    public var idleTimeout: Duration

    /// The most bytes that the connections of one address hold at once: three quarters of the total.
    ///
    /// It is the whole total if one address may have all connections, as a proxy may.
    var maximumBufferedBytesPerAddress: Int {
        maximumConnectionsPerAddress >= maximumConnections
            ? maximumBufferedBytes : maximumBufferedBytes / 4 * 3
    }

    /// Makes a configuration; deadlines are checked every 100 ms.
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
        responseDeadline: Duration = .seconds(30),
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
        self.responseDeadline = responseDeadline
        self.idleTimeout = idleTimeout
    }
}
