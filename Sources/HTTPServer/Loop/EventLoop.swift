import FairSharing
import Glibc
internal import CUV

/// A libuv loop with its connections; made, run and released on one thread.
@safe final class EventLoop {
    /// The most bytes per read; nearly every request is smaller.
    static let readBytes = 65_536
    /// The most connections of one address in a loop's reserve: a probe or two, and retries.
    private static let maximumReservedOfAddress = 4
    /// The number of responses delivered between two checks of the clock.
    private static let answersOfTurn = 16

    let limits: ConnectionLimits
    let handler: any HTTPHandler
    let parser = HeadParser()
    let writer = ResponseWriter()
    let mailbox: LoopMailbox
    let renderFault: @Sendable (HTTPFault) -> HTTPResponse
    let observe: @Sendable (HTTPObservation) -> Void
    let continueText: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
    let uv: UnsafeMutablePointer<uv_loop_t>
    let turns: TurnQueue
    /// The ticket of the latest request passed to the handler.
    var lastTicket: UInt64 = 0

    let budget: BufferBudget
    private let limiter: SharedLimit<PeerAddress>
    private let readMemory: UnsafeMutableRawPointer
    private let wakeUp: UnsafeMutablePointer<uv_async_t>
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private var acceptors: [Acceptor] = []
    private var clients: [ClientSocket?] = []
    private var freeSlots: [Int] = []
    private var openClients = 0
    private var reserve: ConnectionReserve
    private var wheel: DeadlineWheel
    /// The responses collected last, and the number of them that are delivered.
    private var post: [LoopMailbox.Answer] = []
    private var delivered = 0
    /// The grace of a stop that begins after those responses.
    private var orderedGrace: UInt64?
    private var graceEnd: UInt64?

    /// Makes a loop with its acceptors; throws if the system refuses one.
    init(_ plan: LoopPlan) throws(HTTPServerError) {
        limits = plan.limits
        mailbox = plan.mailbox
        limiter = plan.limiter
        budget = plan.budget
        renderFault = plan.renderFault
        observe = plan.observe
        handler = plan.makeHandler(plan.index)
        reserve = ConnectionReserve(
            maximum: plan.reservedConnections,
            maximumOfAddress: Self.maximumReservedOfAddress
        )
        unsafe uv = .allocate(capacity: 1)
        unsafe wakeUp = .allocate(capacity: 1)
        unsafe timer = .allocate(capacity: 1)
        unsafe readMemory = .allocate(byteCount: Self.readBytes + HTTPServer.bodyPadding, alignment: 64)
        let status = unsafe Self.initialize(uv, wakeUp)
        guard status == 0 else {
            unsafe uv.deallocate()
            unsafe wakeUp.deallocate()
            unsafe timer.deallocate()
            unsafe readMemory.deallocate()
            throw Self.refused(plan, status)
        }
        turns = unsafe TurnQueue(uv)
        wheel = unsafe DeadlineWheel(now: uv_now(uv))
        unsafe uv_timer_init(uv, timer)
        unsafe timer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe wakeUp.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe mailbox.open(wakeUp)
        for (taken, socket) in plan.sockets.enumerated() {
            do throws(AcceptorError) {
                acceptors.append(try Acceptor(socket, self))
            } catch {
                // One last run lets libuv release what exists.
                stop(0)
                unsafe uv_run(uv, UV_RUN_DEFAULT)
                throw Self.refused(plan, error.status, socketsTaken: taken)
            }
        }
    }

    /// Initializes libuv's loop and its wake-up, which take descriptors; returns libuv's status.
    private static func initialize(
        _ uv: UnsafeMutablePointer<uv_loop_t>,
        _ wakeUp: UnsafeMutablePointer<uv_async_t>
    ) -> Int32 {
        let status = unsafe uv_loop_init(uv)
        guard status == 0 else { return status }
        let made = unsafe uv_async_init(uv, wakeUp) { handle in
            unsafe EventLoop.of(handle?.pointee.data)?.collect()
        }
        if made != 0 { unsafe uv_loop_close(uv) }
        return made
    }

    /// Closes the plan's sockets that no acceptor has taken and returns the error.
    private static func refused(_ plan: LoopPlan, _ status: Int32, socketsTaken: Int = 0) -> HTTPServerError {
        for socket in plan.sockets.dropFirst(socketsTaken) { Glibc.close(socket) }
        return HTTPServerError(
            operation: "start HTTP loop \(plan.index + 1)",
            reason: unsafe String(cString: uv_strerror(status)),
            hint: HTTPServerError.hint(-status)
        )
    }

    deinit {
        unsafe uv_loop_close(uv)
        unsafe uv.deallocate()
        unsafe wakeUp.deallocate()
        unsafe timer.deallocate()
        unsafe readMemory.deallocate()
    }

    /// The loop's time in milliseconds, read once an iteration.
    var now: UInt64 { unsafe uv_now(uv) }

    /// Serves until the loop has stopped and everything is closed.
    func run() {
        unsafe uv_timer_start(
            timer,
            { handle in unsafe EventLoop.of(handle?.pointee.data)?.tick() },
            DeadlineWheel.tickMilliseconds,
            DeadlineWheel.tickMilliseconds
        )
        unsafe uv_run(uv, UV_RUN_DEFAULT)
    }

    /// The buffer of every read; one suffices, since each read is processed before the next.
    var readBuffer: uv_buf_t {
        unsafe uv_buf_init(readMemory.assumingMemoryBound(to: CChar.self), UInt32(Self.readBytes))
    }

    /// The bytes just read, followed by zero bytes.
    func bytesRead(_ count: Int) -> UnsafeRawBufferPointer {
        unsafe memset(readMemory + count, 0, HTTPServer.bodyPadding)
        return unsafe UnsafeRawBufferPointer(start: readMemory, count: count)
    }

    /// Takes an accepted socket; `refusal` refuses it regardless of the limits.
    func accepted(_ descriptor: Int32, _ address: PeerAddress, refusal: HTTPFault? = nil) {
        let refusal = refusal ?? overLimits(address)
        if refusal != nil, let leaving = reserve.leaving(for: address) { clients[leaving]?.giveWay() }
        let slot = freeSlots.popLast() ?? clients.count
        if slot == clients.count { clients.append(nil) }
        openClients += 1
        if refusal != nil { reserve.enter(slot, address) }
        let client = ClientSocket(descriptor, self, slot: slot, address: address, refusal: refusal)
        guard !client.isClosing else { return }
        clients[slot] = client
        client.run()
    }

    /// Counts a connection, or returns why it is refused.
    private func overLimits(_ address: PeerAddress) -> HTTPFault? {
        do throws(SharedLimit<PeerAddress>.Refusal) {
            try limiter.take(for: address)
            return nil
        } catch {
            return error == .total ? .tooManyConnections : .tooManyConnectionsOfAddress
        }
    }

    /// Removes a client that is being closed.
    func forget(_ client: ClientSocket) {
        clients[client.slot] = nil
        freeSlots.append(client.slot)
        openClients -= 1
        if client.isReserved { reserve.leave(client.slot) } else { limiter.give(of: client.address) }
        if graceEnd != nil { endIfDone() }
    }

    /// Makes sure that the client's deadline is checked in time.
    func watch(_ client: ClientSocket) {
        let deadline = client.deadline
        guard deadline < client.wheelDue, deadline != .max else { return }
        client.wheelDue = wheel.insert(client.slot, deadline: deadline)
    }

    private func tick() {
        for entry in wheel.advance(to: now) {
            // The entry belongs to an earlier client of the slot, or was replaced by an earlier deadline.
            guard let client = clients[entry.slot], client.wheelDue == entry.due else { continue }
            client.wheelDue = .max
            if client.deadline <= now { client.expire() } else { watch(client) }
        }
        for acceptor in acceptors { acceptor.resume() }
        if let graceEnd, now >= graceEnd {
            for client in clients { client?.close() }
        }
    }

    private func collect() {
        let hadRest = delivered < post.count
        if !hadRest { takeMail() }
        guard deliver() else { return }
        if hadRest {
            // The wake-up may have been for mail that came meanwhile.
            takeMail()
            guard deliver() else { return }
        }
        if let grace = orderedGrace {
            orderedGrace = nil
            stop(grace)
        }
    }

    private func takeMail() {
        delivered = 0
        post.removeAll(keepingCapacity: true)
        var empty: [LoopMailbox.Answer] = []
        swap(&empty, &post)
        let mail = mailbox.collect(reusing: empty)
        post = mail.answers
        orderedGrace = mail.stopGrace ?? orderedGrace
    }

    /// Delivers responses for at most a millisecond; returns whether none is left for after the next poll.
    ///
    /// Thousands may have waited for the same sync of the disk.
    private func deliver() -> Bool {
        while delivered < post.count {
            let answer = post[delivered]
            delivered += 1
            clients[answer.slot]?.answer(answer.ticket, answer.response)
            guard delivered % Self.answersOfTurn == 0, delivered < post.count, openClients > 0 else {
                continue
            }
            if !turns.mayGoOn(after: 0) {
                unsafe uv_async_send(wakeUp)
                return false
            }
        }
        return true
    }

    private func stop(_ grace: UInt64) {
        let end = now + grace
        graceEnd = min(end, graceEnd ?? end)
        for acceptor in acceptors { acceptor.close() }
        acceptors = []
        for client in clients { client?.stop() }
        endIfDone()
    }

    /// Closes the handles that keep the loop running, once no client is left.
    private func endIfDone() {
        let handle = unsafe UnsafeMutableRawPointer(wakeUp).assumingMemoryBound(to: uv_handle_t.self)
        guard openClients == 0, unsafe uv_is_closing(handle) == 0 else { return }
        mailbox.close()
        turns.close()
        unsafe uv_close(handle, nil)
        unsafe uv_close(UnsafeMutableRawPointer(timer).assumingMemoryBound(to: uv_handle_t.self), nil)
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> EventLoop? {
        unsafe data.map { unsafe Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension EventLoop {
    /// Makes a loop, serves with it until it has stopped, and releases it.
    ///
    /// Calls `made` before it serves: with `nil`, or with the reason why there is no loop.
    static func serve(_ plan: LoopPlan, made: (HTTPServerError?) -> Void) {
        do throws(HTTPServerError) {
            let loop = try EventLoop(plan)
            made(nil)
            loop.run()
        } catch {
            made(error)
        }
    }
}
