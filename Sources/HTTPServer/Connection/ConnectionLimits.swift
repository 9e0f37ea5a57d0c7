/// The limits of one connection, with times in milliseconds.
struct ConnectionLimits: Sendable {
    /// The most bytes that are read and dropped after a response, so that the client sees it and not a reset.
    ///
    /// A client may send all of a large body before it reads.
    static let drainedBytes = 67_108_864
    /// How long a connection is drained while nothing arrives; in total, the time for a body.
    static let drainMilliseconds: UInt64 = 2_000
    /// How long an incomplete request is still waited for when the server stops.
    static let stopMilliseconds: UInt64 = 5_000
    /// How long an idle connection stays open when the server stops.
    ///
    /// A request may be on its way, and closing immediately would reset it.
    static let stopIdleMilliseconds: UInt64 = 250
    /// The largest body that is dropped to keep a connection with an early response open.
    static let droppedBodyBytes = 65_536
    /// How long a connection beyond the limits has for its head, and again for receiving the response.
    static let reserveMilliseconds: UInt64 = 2_000
    /// The same for the one with the last descriptor: until it is closed, no other is accepted.
    static let lastDescriptorMilliseconds: UInt64 = 100
    /// How many bytes of a request, and of a response, a connection may hold without being counted.
    ///
    /// Ordinary requests need less, so they are accepted even in a flood of large ones.
    static let uncountedBytes = 4_096
    /// The most empty lines before a request line; some clients send one after a body.
    static let emptyLines = 4

    var maximumHeadBytes: Int
    var maximumHeaders: Int
    var maximumTargetBytes: Int
    var headMilliseconds: UInt64
    var bodyMilliseconds: UInt64
    var responseMilliseconds: UInt64
    var idleMilliseconds: UInt64

    /// Returns how long a refused connection has for its head, for receiving the response, and for draining.
    static func reserveMilliseconds(_ refusal: HTTPFault) -> UInt64 {
        refusal == .outOfDescriptors ? lastDescriptorMilliseconds : reserveMilliseconds
    }

    init(_ configuration: HTTPServerConfiguration) {
        maximumHeadBytes = configuration.maximumHeadBytes
        maximumHeaders = configuration.maximumHeaders
        maximumTargetBytes = configuration.maximumTargetBytes
        headMilliseconds = configuration.headDeadline.wholeMilliseconds
        bodyMilliseconds = configuration.bodyDeadline.wholeMilliseconds
        responseMilliseconds = configuration.responseDeadline.wholeMilliseconds
        idleMilliseconds = configuration.idleTimeout.wholeMilliseconds
    }
}

extension Duration {
    /// The whole milliseconds; 0 if negative.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1_000 + UInt64(attoseconds / 1_000_000_000_000_000)
    }
}
