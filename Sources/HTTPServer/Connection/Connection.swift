import ByteBuffers

/// How an answer is put on the wire.
struct AnswerForm {
    /// Whether the connection can be used again; otherwise the answer says `Connection: close`.
    var keepsAlive: Bool
    /// Whether the request was HEAD, so that the body's length is said and its bytes are not sent.
    var omitsBody: Bool
    /// Whether the client speaks HTTP/1.0, which has to be told that the connection stays.
    var isHTTP10: Bool
    /// Further headers, which whoever admitted the request asked for.
    var headers: [(String, String)] = []
}

/// What a connection needs next from whoever performs its I/O.
@safe enum ConnectionStep {
    /// Nothing, until bytes come, the input ends, an answer is there, is written, or the deadline passes.
    case wait
    /// Ask the handler about the parser's head; then call `admitted`.
    case admit
    /// Send `100 Continue`.
    case sendContinue
    /// Hand the request over, with the connection's head; when there is an answer, call `answer`.
    case deliver(UnsafeRawBufferPointer)
    /// Tell whoever counts that the client speaks TLS.
    case refuseTLS
    /// Tell whoever counts.
    case observe(HTTPObservation)
    /// Render the fault; then call `answer`.
    case refuse(HTTPFault)
    /// Write the answer; when all is written, call `written`.
    case write(HTTPResponse, AnswerForm)
    /// Send the end of the stream, and go on reading.
    case finishWriting
    /// Close.
    case close
}

/// An HTTP/1.1 connection as a state machine without I/O: bytes in, steps out.
///
/// One request is under way at a time; what comes behind it waits, and whoever performs the I/O stops reading
/// (`wantsInput`), so that a connection holds a read's worth of bytes at most. Between requests it holds none.
/// Times are milliseconds of any clock that does not go back.
@safe struct Connection: ~Copyable {
    enum State {
        case idle, head, admitting, body, delivered, refusing, answered, writing, dropping, draining, closed
    }

    let limits: ConnectionLimits
    /// Why this is one connection too many, or `nil`; such a one may ask what the handler serves beyond the limits.
    let refusal: HTTPFault?
    var state: State
    /// When `expire` is to be called; `.max` for never.
    var deadline: UInt64

    /// Bytes that are not taken yet: of the read that is being worked on, or of `kept`.
    var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var inputIsKept = false
    var kept = ByteBuffer()
    var inputEnded = false
    var isStopping = false

    var scanner = HeadScanner()
    var emptyLines = 0
    /// The head of the request under way where it outlives the read that brought it.
    var storedHead: HTTPRequestHead?
    var form = AnswerForm(keepsAlive: false, omitsBody: false, isHTTP10: false)

    let buffers: BufferShare
    /// How many of the bytes that the connection holds are counted.
    var charged = 0

    var body = ByteBuffer()
    var bodyLimit = 0
    /// Bytes of a body with Content-Length that are still to come.
    var bodyRemaining = 0
    var chunks: ChunkedDecoder?
    var tooLarge: HTTPResponse?
    var continuePending = false

    var fault: HTTPFault?
    var answer: HTTPResponse?
    /// Whether bytes may come that nobody will read, so that closing at once could reset the answer away.
    var needsDraining = false
    /// Whether the client was too slow, or is one too many: then it is not given the time for a body again.
    var drainsBriefly: Bool
    var drained = 0
    var drainEnd: UInt64 = 0

    /// A connection that was accepted; `refusal` says why it is one too many.
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

    /// What has come for the request under way and those behind it, at least.
    var bytesToWorkOn: Int { unsafe holding + (inputIsKept ? 0 : input.count) }

    /// Counts what the connection will hold; answers whether there is room for it.
    mutating func hold(_ bytes: Int) -> Bool {
        let charge = bytes > ConnectionLimits.uncountedBytes ? bytes : 0
        if charge > charged, !buffers.take(charge - charged) { return false }
        if charge < charged { buffers.give(charged - charge) }
        charged = charge
        return true
    }

    /// Whether more bytes should be read.
    var wantsInput: Bool {
        switch state {
        case .idle, .head, .body, .dropping, .draining: !inputEnded
        // Reading goes on until something comes: stopping and starting again would cost each request two
        // system calls.
        case .admitting, .delivered, .refusing, .answered, .writing: !inputEnded && kept.isEmpty
        case .closed: false
        }
    }

    /// Whether bytes have come that are not taken yet.
    var hasInput: Bool { unsafe !input.isEmpty || (!inputIsKept && !kept.isEmpty) }

    /// Whether a request, or what is left of one, has come and can be worked on at once.
    var hasWork: Bool { hasInput && (state == .idle || state == .dropping) }

    /// Takes bytes that were read; call `next` until it waits before `bytes` go away.
    ///
    /// Behind `bytes` lie `HTTPServer.bodyPadding` readable zero bytes.
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

    /// Takes the end of the input: the client sends nothing more, and may still read.
    mutating func ended() {
        inputEnded = true
    }

    /// Takes note of the server's stop: an idle connection closes soon, another one after its answer.
    ///
    /// A client that stalls within its request does not hold the stop up for all its time.
    mutating func stop(_ now: UInt64) {
        isStopping = true
        switch state {
        case .idle: deadline = min(deadline, now + ConnectionLimits.stopIdleMilliseconds)
        case .head, .body, .dropping: deadline = min(deadline, now + ConnectionLimits.stopMilliseconds)
        default: break
        }
    }

    /// Takes the passing of the deadline.
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

    /// Keeps what was not taken for later, and forgets the borrowed bytes.
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

    /// Answers a connection beyond the limits that it is one too many, unless it was answered.
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
        deadline = now + limits.answerMilliseconds
    }
}
