import ByteBuffers

/// A connection to a node as a state machine without I/O: bytes, requests and time in, bytes and actions out.
///
/// The caller performs the I/O. It calls `opened` when the transport is connected, `received` with what it reads,
/// `submit`, `tick` at or after `nextTick`, and `transportClosed` once at the end. After each of these calls it
/// performs the actions that `nextAction` returns until there are none, including those that they cause; then, if
/// `hasOutput` is true and no write is in progress, it writes the bytes of `takeOutput`. Calls in any other order are
/// programming errors and trap; nothing that a node sends does.
///
/// Each submitted request completes exactly once. Times are milliseconds of any monotonic clock. Memory is bounded by
/// the settings: streams, queue, output, and the length of a frame.
struct ConnectionMachine: ~Copyable {
    enum State: Hashable {
        /// The transport is not connected yet.
        case unopened
        /// Sent OPTIONS, STARTUP, AUTH_RESPONSE or REGISTER.
        case options, startup, authenticating, registering
        case ready
        /// The machine has asked to close the transport.
        case closing
        /// The transport is closed.
        case closed
    }

    let settings: ConnectionSettings
    var state = State.unopened
    var decoder: FrameDecoder
    var encoder: FrameEncoder
    var streams: StreamTable
    var queue = RequestQueue()
    var negotiated: NegotiatedConnection

    /// When the handshake must be complete.
    var handshakeDeadline = UInt64.max
    var lastInput: UInt64 = 0
    /// When a keepalive must be answered; nil if none is pending.
    var keepAliveDeadline: UInt64?
    var keepAliveSent: UInt64 = 0

    private var actions: [ConnectionAction] = []
    private var nextActionIndex = 0

    /// The stream of the machine's own requests, of which one is pending at a time.
    static let ownStream: Int16 = 0
    /// The stream of events from the node.
    static let eventStream: Int16 = -1

    init(_ settings: ConnectionSettings) {
        self.settings = settings
        decoder = FrameDecoder(maximumFrameBytes: settings.maximumFrameBytes)
        encoder = FrameEncoder(version: settings.version, maximumFrameBytes: settings.maximumFrameBytes)
        streams = StreamTable(maximum: settings.maximumStreams)
        negotiated = NegotiatedConnection(version: settings.version)
    }

    /// Whether requests are sent; otherwise they wait, or fail if the machine is closed.
    var isReady: Bool { state == .ready }

    /// Whether the connection has ended: nothing more is sent or received.
    var isClosed: Bool { state == .closing || state == .closed }

    /// The number of requests not completed yet: pending or waiting.
    var unansweredCount: Int { streams.pendingCount + queue.count }

    /// The number of given-up requests whose responses are still owed.
    var orphanCount: Int { streams.orphanCount }

    /// Returns the next action; nil if there is none.
    mutating func nextAction() -> ConnectionAction? {
        guard nextActionIndex < actions.count else {
            actions.removeAll(keepingCapacity: true)
            nextActionIndex = 0
            return nil
        }
        defer { nextActionIndex += 1 }
        return actions[nextActionIndex]
    }

    /// Whether there are bytes to write.
    var hasOutput: Bool { encoder.count > 0 && !isClosed }

    /// Moves the bytes to write into an empty buffer, whose memory is reused.
    mutating func takeOutput(into buffer: inout ByteBuffer) {
        encoder.take(into: &buffer)
        sendQueued()
    }

    mutating func act(_ action: ConnectionAction) {
        actions.append(action)
    }

    /// Returns an error with this node's name.
    func error(
        _ cause: CQLError.Cause,
        _ execution: CQLError.Execution,
        _ context: RequestContext? = nil
    ) -> CQLError {
        CQLError(cause, execution: execution, node: settings.node, statement: context?.statement)
    }

    // MARK: - The transport

    /// Starts the handshake after the transport has connected.
    mutating func opened(_ now: UInt64) {
        precondition(state == .unopened, "a transport is opened once")
        lastInput = now
        handshakeDeadline = now.saturatingAdd(settings.handshakeMilliseconds)
        sendOwn(.options) { (buffer) throws(UnencodableRequest) in Options().encode(into: &buffer) }
        state = .options
    }

    /// Ends the machine after the transport has closed: by the node, by a fault, or at the machine's request.
    mutating func transportClosed(_ cause: CQLError.Cause = .connectionClosed) {
        precondition(state != .closed, "a transport is closed once")
        if state != .closing { completeAll(cause) }
        release()
        state = .closed
    }

    /// Gives up the connection: asks to close the transport and completes all requests.
    mutating func fail(_ cause: CQLError.Cause) {
        guard !isClosed else { return }
        act(.close(error(cause, .mayHaveExecuted)))
        completeAll(cause)
        release()
        state = .closing
    }

    private mutating func completeAll(_ cause: CQLError.Cause) {
        for entry in streams.removeAll() {
            act(.complete(entry.id, .failure(error(cause, .mayHaveExecuted, entry.context))))
        }
        for element in queue.removeAll() {
            let context = RequestContext(element.request)
            act(.complete(element.id, .failure(error(cause, .notExecuted, context))))
        }
    }

    private mutating func release() {
        decoder.close()
        encoder = FrameEncoder(version: settings.version, maximumFrameBytes: settings.maximumFrameBytes)
        handshakeDeadline = .max
        keepAliveDeadline = nil
    }
}

extension UInt64 {
    func saturatingAdd(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// The caller's id of a request, returned with its result and not interpreted by the machine.
typealias RequestID = UInt64

/// An action that the performer of a connection's I/O must carry out.
enum ConnectionAction: Sendable {
    /// The connection now sends requests without queueing them.
    case ready(NegotiatedConnection)
    /// A request is complete; each submitted one completes exactly once.
    case complete(RequestID, Result<Answer, CQLError>)
    /// The node reported a change.
    case event(ServerEvent)
    /// Close the transport for this reason, then call `transportClosed`; completions of the submitted requests follow.
    case close(CQLError)
}
