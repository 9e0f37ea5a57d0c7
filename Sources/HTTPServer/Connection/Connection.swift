import ByteBuffers

/// How a response is serialized.
struct ResponseForm {
    /// Whether the connection can be reused; otherwise the response says `Connection: close`.
    var keepsAlive: Bool
    /// Whether the request was HEAD, so that only the body's length is sent.
    var omitsBody: Bool
    /// Whether the client speaks HTTP/1.0, which must be told that the connection stays open.
    var isHTTP10: Bool
    /// Further headers, from the admission of the request.
    var headers: [(String, String)] = []
}

/// What the performer of a connection's I/O has to do next.
@safe enum ConnectionStep {
    /// Wait until bytes arrive, the input ends, a response is available or written, or the deadline passes.
    case wait
    /// Ask the handler about the parser's head; then call `admitted`.
    case admit
    case sendContinue
    /// Pass the request to the handler, with the connection's head; when there is a response, call `answer`.
    case deliver(UnsafeRawBufferPointer)
    /// Report that the client speaks TLS.
    case refuseTLS
    case observe(HTTPObservation)
    /// Render the fault; then call `answer`.
    case refuse(HTTPFault)
    /// Write the response; when all is written, call `written`.
    case write(HTTPResponse, ResponseForm)
    /// Shut down the sending side, and continue reading.
    case finishWriting
    case close
}

/// An HTTP/1.1 connection as a state machine without I/O: bytes in, steps out.
///
/// One request is pending at a time. Those after it wait, and reading stops (`wantsInput`), so that a connection holds
/// at most one read's worth of bytes, and none between requests. Times are milliseconds of any monotonic clock.
@safe struct Connection: ~Copyable {
    enum State {
        case idle, head, admitting, body, delivered, refusing, answered, writing, dropping, draining, closed
    }

    let limits: ConnectionLimits
    /// Why the connection is beyond the limits, or `nil`; if set, `servesBeyondLimits` decides what is served.
    let refusal: HTTPFault?
    var state: State
    /// When to call `expire`; `.max` for never.
    var deadline: UInt64

    /// The bytes not consumed yet, either of the current read or of `kept`.
    var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var inputIsKept = false
    var kept = ByteBuffer()
    var inputEnded = false
    var isStopping = false

    var scanner = HeadScanner()
    var emptyLines = 0
    /// The head of the pending request, if it outlives the read that brought it.
    var storedHead: HTTPRequestHead?
    var form = ResponseForm(keepsAlive: false, omitsBody: false, isHTTP10: false)

    let buffers: BufferShare
    /// How many bytes that the connection holds are counted in `buffers`.
    var charged = 0

    var body = ByteBuffer()
    var bodyLimit = 0
    /// The bytes of a body with Content-Length that are still to come.
    var bodyRemaining = 0
    var chunks: ChunkedDecoder?
    var tooLarge: HTTPResponse?
    var continuePending = false

    var fault: HTTPFault?
    var answer: HTTPResponse?
    /// Whether bytes may come that are never read, so that closing immediately could reset the response away.
    var needsDraining = false
    /// Whether the client was too slow, or is beyond the limits; then draining does not get the time for a body.
    var drainsBriefly: Bool
    var drained = 0
    var drainEnd: UInt64 = 0

    /// Makes a connection that was accepted; `refusal` says why it is beyond the limits.
    init(_ limits: ConnectionLimits, _ buffers: BufferShare, now: UInt64, refusal: HTTPFault? = nil) {
        self.limits = limits
        self.buffers = buffers
        self.refusal = refusal
        state = .idle
        drainsBriefly = refusal != nil
        deadline = now + (refusal.map(ConnectionLimits.reserveMilliseconds) ?? limits.idleMilliseconds)
    }

    deinit {
        if charged > 0 { buffers.give(charged) }
    }

    /// The memory that the connection holds between reads.
    var holding: Int { body.capacity + kept.capacity + (storedHead?.bytes.count ?? 0) }

    /// A lower bound of the bytes that have arrived for the pending request and those after it.
    var bytesToWorkOn: Int { unsafe holding + (inputIsKept ? 0 : input.count) }

    /// Counts the bytes that the connection will hold; returns whether the budget allows it.
    mutating func hold(_ bytes: Int) -> Bool {
        let charge = bytes > ConnectionLimits.uncountedBytes ? bytes : 0
        if charge > charged, !buffers.take(charge - charged) { return false }
        if charge < charged { buffers.give(charged - charge) }
        charged = charge
        return true
    }

    var wantsInput: Bool {
        switch state {
        case .idle, .head, .body, .dropping, .draining: !inputEnded
        // Reading continues until something arrives; stopping and restarting would cost two system calls a request.
        case .admitting, .delivered, .refusing, .answered, .writing: !inputEnded && kept.isEmpty
        case .closed: false
        }
    }

    /// Whether bytes have arrived that are not consumed yet.
    var hasInput: Bool { unsafe !input.isEmpty || (!inputIsKept && !kept.isEmpty) }

    /// Whether a request, or the rest of one, has arrived and can be processed now.
    var hasWork: Bool { hasInput && (state == .idle || state == .dropping) }

    /// Takes bytes that were read; call `next` until it waits before `bytes` become invalid.
    ///
    /// `HTTPServer.bodyPadding` readable zero bytes must follow `bytes`.
    mutating func received(_ bytes: UnsafeRawBufferPointer) {
        if kept.isEmpty {
            unsafe input = bytes
            inputIsKept = false
        } else {
            unsafe kept.append(bytes)
            unsafe input = kept.bytes
            inputIsKept = true
        }
    }

    /// Notes the end of the input: the client sends nothing more, but may still read.
    mutating func ended() {
        inputEnded = true
    }

    /// Notes that the server stops: an idle connection closes soon, any other after its response.
    ///
    /// A client that stalls within its request does not delay the stop for its whole deadline.
    mutating func stop(_ now: UInt64) {
        isStopping = true
        switch state {
        case .idle: deadline = min(deadline, now + ConnectionLimits.stopIdleMilliseconds)
        case .head, .body, .dropping: deadline = min(deadline, now + ConnectionLimits.stopMilliseconds)
        default: break
        }
    }

    /// Handles the passing of the deadline.
    mutating func expire(_ now: UInt64) {
        guard deadline <= now else { return }
        drainsBriefly = true
        switch state {
        case .idle where refusal != nil, .head where refusal != nil: giveWay(now)
        case .head where isStopping, .body where isStopping: refuse(.shuttingDown, now)
        case .head: refuse(.headTimeout, now)
        case .body: refuse(.bodyTimeout, now)
        default: close()
        }
    }

    /// Copies the bytes not consumed for later, and forgets the borrowed ones.
    mutating func keepInput() {
        if inputIsKept {
            unsafe kept.removeFirst(kept.count - input.count)
            if kept.isEmpty { kept.release() } else { kept.shrink(to: ConnectionLimits.uncountedBytes) }
        } else if unsafe !input.isEmpty {
            kept.removeAll()
            unsafe kept.append(input)
        }
        unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
        inputIsKept = false
    }

    mutating func take(_ count: Int) {
        unsafe input = UnsafeRawBufferPointer(rebasing: input[count...])
    }

    mutating func close() {
        state = .closed
        deadline = .max
        unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
        inputIsKept = false
        body.release()
        kept.release()
        storedHead = nil
        _ = hold(0)
    }

    /// Refuses a connection beyond the limits, unless it already has a response.
    mutating func giveWay(_ now: UInt64) {
        guard let refusal else { return }
        switch state {
        case .idle, .head, .admitting, .delivered: refuse(refusal, now)
        default: break
        }
    }

    mutating func refuse(_ fault: HTTPFault, _ now: UInt64) {
        self.fault = fault
        state = .refusing
        form.keepsAlive = false
        needsDraining = true
        deadline = now + limits.responseMilliseconds
    }
}
