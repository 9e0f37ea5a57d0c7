import ByteBuffers

/// A connection to a node as a state machine without I/O: bytes, requests and time in, bytes and actions out.
///
/// Whoever performs the I/O calls `opened` when the transport is connected, `received` with what it reads, `submit`,
/// `tick` at or after `nextTick`, and `transportClosed` once at the end. After each of these, and after what they
/// have led to, it performs the actions that `nextAction` gives until there is none; then, where `hasOutput` says so
/// and it is not writing already, it takes the bytes to be written by `takeOutput`. Calls in any other order are
/// faults of the program, and trap; nothing that a node sends does.
///
/// Each request that is submitted is completed exactly once. Times are milliseconds of any clock that does not go
/// back. Memory is bounded by the settings: streams, queue, output, and the length of a frame.
struct ConnectionMachine: ~Copyable {
    enum State: Hashable {
        /// The transport is not connected yet.
        case unopened
        /// OPTIONS is sent, STARTUP, AUTH_RESPONSE, REGISTER.
        case options, startup, authenticating, registering
        case ready
        /// The machine wants the transport closed.
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

    /// When the handshake has to be over.
    var handshakeDeadline = UInt64.max
    var lastInput: UInt64 = 0
    /// When the node's sign of life has to be there; nil while none was asked for.
    var keepAliveDeadline: UInt64?
    var keepAliveSent: UInt64 = 0

    private var actions: [ConnectionAction] = []
    private var nextActionIndex = 0

    /// The stream of the machine's own requests, of which one is under way at a time.
    static let ownStream: Int16 = 0
    /// The stream of what a node sends unasked.
    static let eventStream: Int16 = -1

    init(_ settings: ConnectionSettings) {
        self.settings = settings
        decoder = FrameDecoder(maximumFrameBytes: settings.maximumFrameBytes)
        encoder = FrameEncoder(version: settings.version, maximumFrameBytes: settings.maximumFrameBytes)
        streams = StreamTable(maximum: settings.maximumStreams)
        negotiated = NegotiatedConnection(version: settings.version)
    }

    /// Whether requests go out; otherwise they wait, or fail where the machine is closed.
    var isReady: Bool { state == .ready }

    /// Whether the machine is at its end: nothing is sent or taken any more.
    var isClosed: Bool { state == .closing || state == .closed }

    /// How many requests are not completed: under way, or waiting.
    var unansweredCount: Int { streams.pendingCount + queue.count }

    /// How many streams' answers are owed for requests that were given up.
    var orphanCount: Int { streams.orphanCount }

    /// What to do next; nil where nothing is to be done.
    mutating func nextAction() -> ConnectionAction? {
        guard nextActionIndex < actions.count else {
            actions.removeAll(keepingCapacity: true)
            nextActionIndex = 0
            return nil
        }
        defer { nextActionIndex += 1 }
        return actions[nextActionIndex]
    }

    /// Whether bytes are to be written.
    var hasOutput: Bool { encoder.count > 0 && !isClosed }

    /// Puts the bytes to be written into an empty buffer; its memory is used again for what comes next.
    mutating func takeOutput(into buffer: inout ByteBuffer) {
        encoder.take(into: &buffer)
        sendQueued()
    }

    mutating func act(_ action: ConnectionAction) {
        actions.append(action)
    }

    /// An error of this node's.
    func error(
        _ cause: CQLError.Cause,
        _ execution: CQLError.Execution,
        _ context: RequestContext? = nil
    ) -> CQLError {
        CQLError(cause, execution: execution, node: settings.node, statement: context?.statement)
    }

    // MARK: - The transport

    /// Takes note that the transport is connected.
    mutating func opened(_ now: UInt64) {
        precondition(state == .unopened, "a transport is opened once")
        lastInput = now
        handshakeDeadline = now.saturatingAdd(settings.handshakeMilliseconds)
        sendOwn(.options) { (buffer) throws(UnencodableRequest) in Options().encode(into: &buffer) }
        state = .options
    }

    /// Takes note that the transport is closed, by the node, by a fault, or because the machine wanted it.
    mutating func transportClosed(_ cause: CQLError.Cause = .connectionClosed) {
        precondition(state != .closed, "a transport is closed once")
        if state != .closing { completeAll(cause) }
        release()
        state = .closed
    }

    /// Gives the connection up: asks for the transport's end, and completes everything.
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

/// What the caller names a request by; the machine gives it back and does not look at it.
typealias RequestID = UInt64

/// What a connection wants done by whoever performs its I/O.
enum ConnectionAction: Sendable {
    /// The connection takes requests without queueing them now.
    case ready(NegotiatedConnection)
    /// A request is done; each one that was submitted is completed exactly once.
    case complete(RequestID, Result<Answer, CQLError>)
    /// The node tells of a change.
    case event(ServerEvent)
    /// Close the transport, then call `transportClosed`; the error says why. What was submitted is completed behind it.
    case close(CQLError)
}
