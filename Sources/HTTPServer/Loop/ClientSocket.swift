import Glibc
internal import CUV

/// One client's socket and connection on a loop: performs the connection's steps with libuv.
///
/// Used on its loop's thread only. libuv holds a reference until it has closed the handle.
@safe final class ClientSocket {
    let slot: Int
    let address: PeerAddress
    /// Whether it is beyond the limits: held by the reserve and not counted.
    let isReserved: Bool
    /// The pending request; responses with another ticket are dropped.
    private(set) var ticket: UInt64 = 0
    /// When the deadline wheel checks it next, in milliseconds of the loop's time; `.max` for never.
    var wheelDue: UInt64 = .max
    private(set) var isClosing = false

    private var connection: Connection
    private unowned let loop: EventLoop
    private let tcp: UnsafeMutablePointer<uv_tcp_t>
    private var isReading = false
    /// Whether it is in the loop's queue; until its turn nothing is read or processed and no deadline passes.
    private var awaitsTurn = false
    /// The time of its most expensive recent turn in nanoseconds, halved with each cheaper one.
    private var cost: UInt64 = 0

    private var stream: UnsafeMutablePointer<uv_stream_t> {
        unsafe UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
    }

    /// Takes an accepted socket; if libuv refuses it, closes it and sets `isClosing`.
    init(_ descriptor: Int32, _ loop: EventLoop, slot: Int, address: PeerAddress, refusal: HTTPFault?) {
        self.slot = slot
        self.address = address
        self.loop = loop
        isReserved = refusal != nil
        connection = Connection(
            loop.limits,
            BufferShare(loop.budget, of: address),
            now: loop.now,
            refusal: refusal
        )
        unsafe tcp = .allocate(capacity: 1)
        unsafe uv_tcp_init(loop.uv, tcp)
        unsafe tcp.pointee.data = Unmanaged.passRetained(self).toOpaque()
        if unsafe uv_tcp_open(tcp, descriptor) != 0 {
            Glibc.close(descriptor)
            close()
        }
    }

    deinit {
        unsafe tcp.deallocate()
    }

    var deadline: UInt64 { awaitsTurn ? .max : connection.deadline }

    /// Whether its turns take so long that other connections go first.
    private var isCostly: Bool { cost >= TurnQueue.cheapNanoseconds }

    /// Performs steps until the connection waits or its turn is over.
    func run() {
        guard connection.bytesToWorkOn > TurnQueue.measuredBytes else { return work() }
        let begin = uv_hrtime()
        work()
        cost = max(uv_hrtime() - begin, cost / 2)
    }

    private func work() {
        var requests = 0
        while !isClosing {
            switch connection.next(loop.parser, loop.now) {
            case .wait:
                updateReading()
                loop.watch(self)
                return
            case .admit: admit()
            case .sendContinue:
                loop.continueText.withUTF8Buffer { unsafe write(UnsafeRawBufferPointer($0), isAnswer: false) }
            case .deliver(let body):
                unsafe deliver(body)
            case .observe(let observation): loop.observe(observation)
            case .refuse(let fault):
                loop.observe(fault == connection.refusal ? .connectionRefused(fault) : .fault(fault))
                connection.answer(loop.renderFault(fault), loop.now)
            case .write(let response, let form):
                loop.writer.compose(response, form)
                unsafe write(loop.writer.output.bytes, isAnswer: true)
                guard connection.hasWork else { break }
                requests += 1
                if isCostly || !loop.turns.mayGoOn(after: requests) { return endTurn() }
            case .refuseTLS:
                loop.observe(.tlsHandshake(client: address.description))
            case .finishWriting:
                var descriptor: Int32 = -1
                let handle = unsafe UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_handle_t.self)
                if unsafe uv_fileno(handle, &descriptor) == 0 { shutdown(descriptor, Int32(SHUT_WR)) }
            case .close:
                close()
            }
        }
    }

    /// Lets other connections go first.
    private func endTurn() {
        guard !isClosing, !awaitsTurn else { return }
        _ = connection.settle(loop.now)
        awaitsTurn = true
        updateReading()
        loop.turns.append(self)
    }

    /// Continues after other connections had their turn.
    func takeTurn() {
        awaitsTurn = false
        run()
    }

    private func admit() {
        let head = loop.parser.head
        if isReserved {
            let hasBody = head.isChunked || (head.contentLength ?? 0) > 0
            guard !hasBody, loop.handler.servesBeyondLimits(head) else { return connection.giveWay(loop.now) }
        }
        connection.admitted(loop.handler.admit(head), loop.parser, loop.now)
    }

    /// Leaves the reserve: sends the refusal, unless there was a response, and closes.
    func giveWay() {
        connection.giveWay(loop.now)
        run()
        close()
    }

    private func deliver(_ body: UnsafeRawBufferPointer) {
        loop.lastTicket += 1
        ticket = loop.lastTicket
        let responder = HTTPResponder(loop.mailbox, slot: slot, ticket: ticket, client: address.network)
        let head = connection.storedHead ?? loop.parser.head
        let answer = loop.mailbox.answer(to: ticket) {
            if body.count > HTTPServer.largeBodyBytes {
                loop.handler.handle(head, large: connection.takeBody(), respond: responder)
            } else {
                unsafe loop.handler.handle(head, body: body, respond: responder)
            }
        }
        guard let answer else {
            connection.handedOver()
            return
        }
        ticket = 0
        connection.answer(answer, loop.now)
    }

    /// Takes the response to the request with that ticket, unless it is no longer pending.
    func answer(_ answered: UInt64, _ response: HTTPResponse) {
        guard answered == ticket, !isClosing else { return }
        ticket = 0
        connection.answer(response, loop.now)
        run()
    }

    func received(_ bytes: UnsafeRawBufferPointer) {
        unsafe connection.received(bytes)
        if isCostly { endTurn() } else { run() }
    }

    func ended() {
        isReading = false
        connection.ended()
        run()
    }

    func stop() {
        connection.stop(loop.now)
        if !awaitsTurn { run() }
    }

    func expire() {
        connection.expire(loop.now)
        run()
    }

    private func updateReading() {
        let wanted = connection.wantsInput && !awaitsTurn
        guard wanted != isReading else { return }
        isReading = wanted
        guard wanted else {
            unsafe uv_read_stop(stream)
            return
        }
        let started = unsafe uv_read_start(
            stream,
            { handle, _, buffer in
                guard let client = unsafe ClientSocket.of(handle?.pointee.data) else { return }
                unsafe buffer?.pointee = client.loop.readBuffer
            },
            { stream, count, _ in
                guard let client = unsafe ClientSocket.of(stream?.pointee.data) else { return }
                client.read(count)
            }
        )
        if started != 0 { close() }
    }

    private func read(_ count: Int) {
        if count > 0 {
            unsafe received(loop.bytesRead(count))
            // After a full buffer, libuv would read again immediately.
            if count == EventLoop.readBytes, isReading { endTurn() }
        } else if count == Int(UV_EOF.rawValue) {
            ended()
        } else if count < 0 {
            close()
        }
    }

    /// Writes what the socket accepts now, and queues the rest.
    private func write(_ bytes: UnsafeRawBufferPointer, isAnswer: Bool) {
        guard let base = bytes.baseAddress else { return }
        let pointer = unsafe UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: CChar.self)
        var buffer = unsafe uv_buf_init(pointer, UInt32(bytes.count))
        let count = unsafe Int(uv_try_write(stream, &buffer, 1))
        if count == bytes.count {
            if isAnswer { connection.written(loop.now) }
        } else if count >= 0 || count == Int(UV_EAGAIN.rawValue) {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[max(count, 0)...])
            let pending = unsafe PendingWrite(rest, self, connection.buffers, isAnswer: isAnswer)
            if unsafe pending?.start(unsafe stream) != true { close() }
        } else {
            close()
        }
    }

    /// Handles the end of a write that was queued.
    func wrote(_ status: Int32, isAnswer: Bool) {
        guard !isClosing else { return }
        guard status == 0 else {
            close()
            return
        }
        guard isAnswer else { return }
        connection.written(loop.now)
        run()
    }

    func close() {
        guard !isClosing else { return }
        isClosing = true
        ticket = 0
        loop.forget(self)
        let handle = unsafe UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_handle_t.self)
        unsafe uv_close(handle) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<ClientSocket>.fromOpaque(data).release()
        }
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> ClientSocket? {
        unsafe data.map { unsafe Unmanaged<ClientSocket>.fromOpaque($0).takeUnretainedValue() }
    }
}
