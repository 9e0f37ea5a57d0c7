import FairSharing

/// What a loop is made of, carried to its thread.
struct LoopPlan: Sendable {
    var index: Int
    var sockets: [Int32]
    var limits: ConnectionLimits
    /// How many connections beyond the limits the loop listens to at a time.
    var reservedConnections: Int
    var mailbox: LoopMailbox
    var limiter: SharedLimit<PeerAddress>
    var budget: BufferBudget
    var renderFault: @Sendable (HTTPFault) -> HTTPResponse
    var observe: @Sendable (HTTPObservation) -> Void
    var makeHandler: @Sendable (Int) -> any HTTPHandler
}
