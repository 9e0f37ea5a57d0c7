@testable import HTTPServer

/// Performs the steps of a connection without sockets, and remembers what came of them.
@safe final class MachineDriver {
    enum Event: Equatable {
        case admitted(String)
        case sentContinue
        case delivered(method: String, path: String, query: String?, body: [UInt8])
        case observed(HTTPObservation)
        case refused(Int)
        case refusedTLS
        case wrote(Int, keepsAlive: Bool)
        case finishedWriting
        case closed
    }

    var events: [Event] = []
    /// The faults that were refused, in order.
    var faults: [HTTPFault] = []
    var now: UInt64 = 1_000
    /// Whether delivered requests are answered at once.
    var answersAtOnce = true
    /// Whether written answers count as written at once.
    var writesAtOnce = true
    var admission: (HTTPRequestHead) -> HTTPAdmission = { _ in
        .body(limit: 65_536, tooLarge: HTTPResponse(status: 413))
    }

    /// How the last answer was written.
    private(set) var form: ResponseForm?
    private var connection: Connection
    let budget: BufferBudget
    private let parser = HeadParser()

    init(
        _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        refusal: HTTPFault? = nil,
        budget: BufferBudget? = nil,
        address: PeerAddress = .testing(1)
    ) {
        let budget =
            budget
            ?? BufferBudget(
                limit: configuration.maximumBufferedBytes,
                limitOfAddress: configuration.maximumBufferedBytesPerAddress
            )
        self.budget = budget
        connection = Connection(
            ConnectionLimits(configuration),
            BufferShare(budget, of: address),
            now: now,
            refusal: refusal
        )
    }

    var wantsInput: Bool { connection.wantsInput }
    var keptBytes: Int { connection.kept.count }
    var holding: Int { connection.holding }
    var chargedBytes: Int { connection.charged }
    var isClosed: Bool { events.last == .closed }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Hands bytes in, in pieces of the sizes that `pieces` gives, and stops when the connection closes.
    ///
    /// Like a socket it holds bytes back while the connection does not want them; nothing is lost by that here,
    /// because the answers come at once.
    func send(_ bytes: [UInt8], pieces: () -> Int = { .max }) {
        var start = 0
        while start < bytes.count, !isClosed {
            let end = min(bytes.count, start + min(pieces(), bytes.count))
            let padded = bytes[start..<end] + [UInt8](repeating: 0, count: HTTPServer.bodyPadding)
            unsafe padded.withUnsafeBytes { padded in
                unsafe connection.received(UnsafeRawBufferPointer(rebasing: padded[..<(end - start)]))
                run()
            }
            start = end
        }
    }

    func end() {
        connection.ended()
        run()
    }

    func stop() {
        connection.stop(now)
        run()
    }

    func wait(milliseconds: UInt64) {
        now += milliseconds
        connection.expire(now)
        run()
    }

    func answer(_ status: Int = 200) {
        connection.answer(HTTPResponse(status: status), now)
        run()
    }

    func written() {
        connection.written(now)
        run()
    }

    private func run() {
        while true {
            switch connection.next(parser, now) {
            case .wait: return
            case .admit:
                events.append(.admitted(parser.head.path))
                connection.admitted(admission(parser.head), parser, now)
            case .sendContinue: events.append(.sentContinue)
            case .deliver(let body):
                let head = connection.storedHead ?? parser.head
                let zeros = unsafe UnsafeRawBufferPointer(
                    start: body.baseAddress.map { unsafe $0 + body.count },
                    count: HTTPServer.bodyPadding
                )
                precondition(unsafe zeros.allSatisfy { $0 == 0 }, "the padding is not zero")
                events.append(
                    .delivered(
                        method: head.method.name,
                        path: head.path,
                        query: head.query,
                        body: unsafe Array(body)
                    )
                )
                if answersAtOnce {
                    connection.answer(HTTPResponse(status: 200), now)
                } else {
                    connection.handedOver()
                }
            case .refuseTLS: events.append(.refusedTLS)
            case .observe(let observation): events.append(.observed(observation))
            case .refuse(let fault):
                events.append(.refused(fault.status))
                faults.append(fault)
                connection.answer(HTTPResponse(status: fault.status), now)
            case .write(let response, let form):
                events.append(.wrote(response.status, keepsAlive: form.keepsAlive))
                self.form = form
                if writesAtOnce { connection.written(now) }
            case .finishWriting: events.append(.finishedWriting)
            case .close:
                if !isClosed { events.append(.closed) }
                return
            }
        }
    }
}

extension [MachineDriver.Event] {
    /// The statuses of the answers, in order.
    var statuses: [Int] {
        compactMap { if case .wrote(let status, _) = $0 { status } else { nil } }
    }
}
