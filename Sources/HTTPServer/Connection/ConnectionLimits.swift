/// The limits of one connection, its times in milliseconds.
struct ConnectionLimits: Sendable {
    /// The most bytes that are read and dropped behind an answer so that the client sees it, not a reset; a client
    /// may send all of a large body before it reads.
    static let drainedBytes = 67_108_864
    /// How long a connection is drained while nothing comes; in all it is the time for a body.
    static let drainMilliseconds: UInt64 = 2_000
    /// How long a request that has not come as a whole when the server stops is still waited for.
    static let stopMilliseconds: UInt64 = 5_000
    /// How long a connection without a request stays when the server stops: a request may be on its way, and closing
    /// at once would reset it.
    static let stopIdleMilliseconds: UInt64 = 250
    /// The largest body that is dropped to keep a connection that was answered early.
    static let droppedBodyBytes = 65_536
    /// How long a connection beyond the limits has for its head, and again for taking the answer.
    static let reserveMilliseconds: UInt64 = 2_000
    /// The same for one that has the last descriptor: until it is closed nobody else is accepted.
    static let lastDescriptorMilliseconds: UInt64 = 100
    /// How much a connection may hold of a request, and of an answer, without being counted: more than an ordinary
    /// one has, so that these are taken even in a flood of large ones.
    static let uncountedBytes = 4_096
    /// The most empty lines before a request line, which some clients send behind a body.
    static let emptyLines = 4

    var maximumHeadBytes: Int
    var maximumHeaders: Int
    var maximumTargetBytes: Int
    var headMilliseconds: UInt64
    var bodyMilliseconds: UInt64
    var answerMilliseconds: UInt64
    var idleMilliseconds: UInt64

    /// How long a connection that is refused has for its head, and again for taking the answer, and is drained.
    static func reserveMilliseconds(_ refusal: HTTPFault) -> UInt64 {
        refusal == .outOfDescriptors ? lastDescriptorMilliseconds : reserveMilliseconds
    }

    init(_ configuration: HTTPServerConfiguration) {
        maximumHeadBytes = configuration.maximumHeadBytes
        maximumHeaders = configuration.maximumHeaders
        maximumTargetBytes = configuration.maximumTargetBytes
        headMilliseconds = configuration.headDeadline.wholeMilliseconds
        bodyMilliseconds = configuration.bodyDeadline.wholeMilliseconds
        answerMilliseconds = configuration.answerDeadline.wholeMilliseconds
        idleMilliseconds = configuration.idleTimeout.wholeMilliseconds
    }
}

extension Duration {
    /// The milliseconds, at least 0.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1_000 + UInt64(attoseconds / 1_000_000_000_000_000)
    }
}
