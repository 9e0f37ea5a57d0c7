import ByteBuffers

extension Connection {
    /// The type of a TLS record with a handshake (RFC 8446, section 5.1); no method begins with it.
    private static let tlsHandshake: UInt8 = 0x16
    /// The first byte of the version in every such record.
    private static let tlsMajorVersion: UInt8 = 0x03

    /// Returns the next step; call it until it is `.wait` or `.close`.
    mutating func next(_ parser: HeadParser, _ now: UInt64) -> ConnectionStep {
        if !inputIsKept, unsafe input.isEmpty, !kept.isEmpty {
            unsafe input = kept.bytes
            inputIsKept = true
        }
        while true {
            if let step = advance(parser, now) {
                if case .wait = step, !settle(now) { continue }
                return step
            }
        }
    }

    /// Keeps the remaining input for later, and counts everything that the connection holds.
    ///
    /// If the budget does not allow it, the buffers are released; returns whether the connection still waits as before.
    mutating func settle(_ now: UInt64) -> Bool {
        keepInput()
        if hold(holding) { return true }
        body.release()
        kept.release()
        storedHead = nil
        defer { _ = hold(holding) }
        switch state {
        case .idle, .head, .body:
            refuse(.tooManyBytes, now)
            return false
        default:
            // A response is pending or being written: later requests are dropped, and the connection closes after it.
            form.keepsAlive = false
            needsDraining = true
            return true
        }
    }

    /// Makes one transition; returns `nil` if another follows immediately.
    private mutating func advance(_ parser: HeadParser, _ now: UInt64) -> ConnectionStep? {
        switch state {
        case .idle: return awaitHead(now)
        case .head: return readHead(parser, now)
        case .body: return readBody(parser, now)
        case .dropping: return dropBody(now)
        case .draining: return drain(now)
        case .admitting, .delivered, .writing: return .wait
        case .refusing:
            // The I/O side renders the fault and calls `answer`; until then there is nothing to do.
            guard let fault else { return .wait }
            self.fault = nil
            return .refuse(fault)
        case .answered:
            guard let answer else { preconditionFailure("answered without an answer") }
            self.answer = nil
            state = .writing
            deadline =
                now + (refusal.map(ConnectionLimits.reserveMilliseconds) ?? limits.responseMilliseconds)
            return .write(answer, form)
        case .closed: return .close
        }
    }

    private mutating func awaitHead(_ now: UInt64) -> ConnectionStep? {
        while let first = unsafe input.first, first == 13 {
            if unsafe input.count == 1, !inputEnded { return .wait }
            guard unsafe input.count > 1, unsafe input[1] == 10, emptyLines < ConnectionLimits.emptyLines
            else {
                refuse(.badRequest("Empty lines stand where a request should."), now)
                return nil
            }
            emptyLines += 1
            take(2)
        }
        guard unsafe input.isEmpty else {
            state = .head
            scanner = HeadScanner()
            // Beyond the limits, the time for the head runs from when the connection was accepted.
            guard refusal == nil else { return nil }
            deadline =
                now
                + (isStopping
                    ? min(limits.headMilliseconds, ConnectionLimits.stopMilliseconds)
                    : limits.headMilliseconds)
            return nil
        }
        guard inputEnded else { return .wait }
        close()
        return nil
    }

    private mutating func readHead(_ parser: HeadParser, _ now: UInt64) -> ConnectionStep? {
        if unsafe input.count > 1, unsafe input[0] == Self.tlsHandshake,
            unsafe input[1] == Self.tlsMajorVersion
        {
            close()
            return .refuseTLS
        }
        switch unsafe scanner.scan(input, limits) {
        case .incomplete:
            guard inputEnded else { return .wait }
            refuse(.badRequest("The request ends within its head."), now)
        case .fault(let fault): refuse(fault, now)
        case .complete(let count):
            if let fault = unsafe parser.parse(UnsafeRawBufferPointer(rebasing: input[..<count]), limits) {
                refuse(fault, now)
                return nil
            }
            take(count)
            emptyLines = 0
            form = ResponseForm(
                keepsAlive: parser.head.keepsAlive && refusal == nil,
                omitsBody: parser.head.method == .head,
                isHTTP10: parser.head.isHTTP10
            )
            needsDraining = false
            state = .admitting
            deadline = .max
            return .admit
        }
        return nil
    }

    /// Applies the handler's decision about the parser's head.
    mutating func admitted(_ admission: HTTPAdmission, _ parser: HeadParser, _ now: UInt64) {
        precondition(state == .admitting, "no request waits to be admitted")
        let head = parser.head
        let length = head.contentLength ?? 0
        switch admission {
        case .answer(let response):
            refuseBody(head, length)
            answer(response, now)
        case .body(let limit, let response, let headers):
            form.headers = headers
            guard length <= limit else {
                refuseBody(head, .max)
                answer(response, now)
                return
            }
            let isWhole = unsafe !head.isChunked && input.count >= length
            let room = isWhole || head.isChunked ? 0 : length + HTTPServer.bodyPadding
            if room > 0, !hold(room + head.bytes.count + kept.capacity) {
                refuseBody(head, length)
                fault = .tooManyBytes
                state = .refusing
                deadline = now + limits.responseMilliseconds
                return
            }
            state = .body
            bodyLimit = limit
            bodyRemaining = length
            chunks = head.isChunked ? ChunkedDecoder() : nil
            tooLarge = head.isChunked ? response : nil
            continuePending = unsafe head.expectsContinue && input.isEmpty && (head.isChunked || length > 0)
            deadline =
                now
                + (isStopping
                    ? min(limits.bodyMilliseconds, ConnectionLimits.stopMilliseconds)
                    : limits.bodyMilliseconds)
            // The head outlives this read unless the whole body is present; then nothing is copied.
            if !isWhole { storedHead = head }
            if room > 0 { unsafe _ = body.reserve(room) }
        }
    }

    /// Decides how to dispose of the body of a request that is answered without it.
    private mutating func refuseBody(_ head: HTTPRequestHead, _ length: Int) {
        bodyRemaining = 0
        guard head.isChunked || length > 0 else { return }
        if head.isChunked || length > ConnectionLimits.droppedBodyBytes || head.expectsContinue {
            // The client may or may not send a body that it was not asked for, so no request can follow.
            form.keepsAlive = false
            needsDraining = true
        } else {
            bodyRemaining = length
        }
    }

    private mutating func readBody(_ parser: HeadParser, _ now: UInt64) -> ConnectionStep? {
        if continuePending {
            continuePending = false
            if unsafe input.isEmpty { return .sendContinue }
        }
        if chunks != nil { return readChunks(now) }
        if body.isEmpty, unsafe input.count >= bodyRemaining {
            return deliverInPlace(parser)
        }
        let taken = unsafe min(bodyRemaining, input.count)
        unsafe body.append(UnsafeRawBufferPointer(rebasing: input[..<taken]))
        take(taken)
        bodyRemaining -= taken
        return bodyRemaining == 0 ? deliverBody() : awaitBody(now)
    }

    /// Delivers a body that is in the input as a whole, without a copy if possible.
    private mutating func deliverInPlace(_ parser: HeadParser) -> ConnectionStep {
        let count = bodyRemaining
        guard count > 0 else {
            delivered()
            return unsafe .deliver(parser.noBody)
        }
        let whole = unsafe UnsafeRawBufferPointer(rebasing: input[..<count])
        guard unsafe count == input.count, !inputIsKept else {
            // The bytes after it are the next request or unused memory of `kept`, not zero padding.
            unsafe body.append(whole)
            take(count)
            return deliverBody()
        }
        take(count)
        delivered()
        return unsafe .deliver(whole)
    }

    private mutating func readChunks(_ now: UInt64) -> ConnectionStep? {
        guard var decoder = chunks else { return nil }
        let result = unsafe decoder.decode(&input, into: &body, limit: bodyLimit)
        chunks = decoder
        switch result {
        case .incomplete: return awaitBody(now)
        case .complete:
            // A large body is kept after this step, so it must be counted.
            guard body.count <= HTTPServer.largeBodyBytes || hold(holding) else {
                body.release()
                refuse(.tooManyBytes, now)
                return nil
            }
            return deliverBody()
        case .fault(let fault): refuse(fault, now)
        case .tooLarge:
            guard let tooLarge else { return nil }
            let head = storedHead
            form.keepsAlive = false
            needsDraining = true
            answer(tooLarge, now)
            if let head { return .observe(.bodyTooLarge(path: head.path, head.method)) }
        }
        return nil
    }

    private mutating func awaitBody(_ now: UInt64) -> ConnectionStep? {
        guard inputEnded else { return .wait }
        refuse(.badRequest("The request ends within its body."), now)
        return nil
    }

    /// Releases a body that was handed over.
    mutating func handedOver() {
        body.release()
        storedHead = nil
    }

    private mutating func deliverBody() -> ConnectionStep {
        body.pad()
        delivered()
        return unsafe .deliver(body.bytes)
    }

    /// Transfers ownership of the delivered body.
    mutating func takeBody() -> HTTPBody {
        precondition(state == .delivered && !body.isEmpty, "no body of its own was delivered")
        var taken = ByteBuffer()
        swap(&taken, &body)
        let charge = min(charged, taken.capacity)
        charged -= charge
        return HTTPBody(taken, buffers, charge: charge)
    }

    private mutating func delivered() {
        bodyRemaining = 0
        chunks = nil
        tooLarge = nil
        state = .delivered
        deadline = .max
    }
}
