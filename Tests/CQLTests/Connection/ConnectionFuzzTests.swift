import Fuzzing
import Testing

@testable import CQL

// Strategy: a machine with small limits is put through random sequences of requests, answers in any order (nothing to
// say, rows, errors, warnings), late answers to requests that were given up, events, ticks of any length and writes
// that are held up; now and then an answer on any stream, bytes that are damaged, or random bytes. Everything comes in
// random pieces. At last the transport closes.
//
// Invariants:
// - Nothing traps.
// - Each request is completed exactly once, and never before it was submitted.
// - An answer goes to the request that it was for.
// - What is under way, waits or is owed stays within the settings; so does what waits to be written.
// - Without faults from the node the machine is not closed but for too many orphans and for silence.
@Suite struct ConnectionFuzzTests {
    @Test(arguments: [false, true])
    func `each request is completed exactly once`(isFaulty: Bool) {
        fuzz(rounds: 150) { seed in
            var random = SeededRandom(seed: seed)
            let run = FuzzedConnection(settings(&random), isFaulty, &random)
            for _ in 0..<Int.random(in: 10...150, using: &random) { run.step(&random) }
            run.finish()
            if !run.faults.isEmpty { Issue.record("seed \(seed): \(run.faults)") }
        }
    }

    @Test func `random bytes from the node complete everything and trap nothing`() {
        fuzz(rounds: 300) { seed in
            var random = SeededRandom(seed: seed)
            let driver = MachineDriver(settings(&random))
            driver.open()
            driver.submit(1)
            if Bool.random(using: &random) { driver.shakeHands() }
            driver.submit(2)
            for _ in 0..<5 {
                // Looks like a message every now and then.
                let length = Int.random(in: 0...60, using: &random)
                var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                if length > 9, Bool.random(using: &random) {
                    bytes[0] = random.element(of: [0x84, 0x85])
                    bytes.replaceSubrange(2...4, with: [0, UInt8.random(in: 0...3, using: &random), 8])
                    bytes.replaceSubrange(5...8, with: [0, 0, 0, UInt8(length - 9)])
                }
                if driver.state != .closed { driver.receive(bytes) }
            }
            driver.closeTransport()
            let completed = driver.events.filter { event in
                guard case .completed = event else { return false }
                return true
            }
            if completed.count != 2 { Issue.record("seed \(seed): \(driver.events)") }
        }
    }

    private func settings(_ random: inout SeededRandom) -> ConnectionSettings {
        var settings = ConnectionSettings()
        settings.version = Bool.random(using: &random) ? .v4 : .v5
        settings.compression = Bool.random(using: &random) ? .lz4 : nil
        settings.maximumStreams = Int.random(in: 1...6, using: &random)
        settings.maximumQueued = Int.random(in: 0...6, using: &random)
        settings.maximumOrphans = Int.random(in: 0...6, using: &random)
        settings.maximumOutputBytes = random.element(of: [1, 200, 10_000])
        settings.events = Bool.random(using: &random) ? [.status] : []
        return settings
    }
}

/// A connection in a fuzzer, with what is known of its requests.
private final class FuzzedConnection {
    let driver: MachineDriver
    let settings: ConnectionSettings
    let isFaulty: Bool
    var faults: [String] = []
    private var submitted: RequestID = 0
    private var completed: Set<RequestID> = []
    private var seenEvents = 0
    private var seenRequests = 0
    /// The requests whose answers the node owes, by stream.
    private var owed: [Int16: RequestID] = [:]
    private var nodeIsAtFault = false

    init(_ settings: ConnectionSettings, _ isFaulty: Bool, _ random: inout SeededRandom) {
        self.settings = settings
        self.isFaulty = isFaulty
        driver = MachineDriver(settings)
        var pieceRandom = SeededRandom(seed: random.next())
        let largest = random.element(of: [1, 10, 1_000])
        driver.pieces = { Int.random(in: 1...largest, using: &pieceRandom) }
        if random.once(in: 3) { submit(&random) }
        driver.open()
        driver.shakeHands()
        look()
    }

    func step(_ random: inout SeededRandom) {
        guard driver.state != .closed else { return }
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3: submit(&random)
        case 4...7: answer(&random)
        case 8: driver.tick(after: UInt64.random(in: 0...300, using: &random))
        case 9: if !settings.events.isEmpty { event() }
        case 10: if random.once(in: 4) { driver.tick(after: 20_000) }
        default: if isFaulty, random.once(in: 4) { disturb(&random) }
        }
        look()
        // A silent node is asked for a sign of life, and gives it.
        if driver.machine.keepAliveDeadline != nil, driver.isReady { driver.supported() }
        look()
    }

    func finish() {
        if driver.state != .closed { driver.closeTransport() }
        submit(nil as UInt64?)
        look()
        if completed.count != Int(submitted) {
            faults.append("\(submitted) submitted, \(completed.count) completed")
        }
        if driver.outputBytes != 0 || driver.unansweredCount != 0 { faults.append("something is left") }
    }

    private func submit(_ random: inout SeededRandom) {
        submit(UInt64.random(in: 0...500, using: &random), writes: !random.once(in: 4))
    }

    private func submit(_ within: UInt64?, writes: Bool = true) {
        submitted += 1
        let query = Query(
            statement: "statement \(submitted) ",
            parameters: QueryParameters(consistency: .one)
        )
        let deadline = driver.now + (within ?? 100)
        driver.machine.submit(.query(query), id: submitted, deadline: deadline, now: driver.now)
        driver.pump(writes: writes)
    }

    private func answer(_ random: inout SeededRandom) {
        driver.pump()
        look()
        guard driver.isReady, let stream = owed.keys.sorted().randomElement(using: &random),
            let id = owed.removeValue(forKey: stream)
        else { return }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: driver.answerVoid(stream)
        case 1: driver.answerError(stream, code: 0x1001, message: "\(id)")
        case 2:
            driver.answer(stream, .result, flags: .warning) { buffer in
                try? buffer.append(stringList: ["\(id)"])
                buffer.append(bytes(hex: "00000003"))
                try? buffer.append(string: "\(id)")
            }
        default:
            driver.answer(stream, .result) { buffer in
                buffer.append(bytes(hex: "00000002 00000001 00000001 0001 6b 0001 74 0001 63 000d 00000001"))
                try? buffer.append(byteString: Array("\(id)".utf8))
            }
        }
    }

    private func event() {
        driver.answer(-1, .event) { buffer in
            for string in ["STATUS_CHANGE", "UP"] { try? buffer.append(string: string) }
            buffer.append(bytes(hex: "04 7f000001 00002352"))
        }
    }

    private func disturb(_ random: inout SeededRandom) {
        nodeIsAtFault = true
        switch Int.random(in: 0..<4, using: &random) {
        case 0: driver.answerVoid(Int16.random(in: -3...10, using: &random))
        case 1: driver.receive((0..<20).map { _ in UInt8.random(in: 0...255, using: &random) })
        case 2:
            var bytes = driver.message(1, .result) { $0.append(bigEndian: Int32(1)) }
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                1 << UInt8.random(in: 0..<8, using: &random)
            driver.receive(bytes)
        default: driver.closeTransport()
        }
    }

    /// Checks what has happened since the last look.
    private func look() {
        for request in driver.requests[seenRequests...] where request.header.opcode == Opcode.query.rawValue {
            let words = String(decoding: request.body.dropFirst(4), as: UTF8.self).split(separator: " ")
            guard let id = words.dropFirst().first.flatMap({ RequestID($0) }) else {
                faults.append("a request cannot be read")
                continue
            }
            // A node at fault may have answered by chance.
            if owed.updateValue(id, forKey: request.header.stream) != nil, !nodeIsAtFault {
                faults.append("a stream is used twice")
            }
        }
        seenRequests = driver.requests.count
        for event in driver.events[seenEvents...] { check(event) }
        seenEvents = driver.events.count
        if driver.queuedCount > settings.maximumQueued { faults.append("too many wait") }
        if driver.machine.streams.pendingCount + driver.orphanCount > settings.maximumStreams {
            faults.append("too many are under way")
        }
        // The request that passes the limit, and the machine's own.
        if driver.outputBytes > settings.maximumOutputBytes + 300 {
            faults.append("too much is to be written")
        }
    }

    private func check(_ event: MachineDriver.Event) {
        switch event {
        case .ready, .event: break
        case .completed(let id, let cause, _):
            if id > submitted { faults.append("request \(id) was not submitted") }
            if !completed.insert(id).inserted { faults.append("request \(id) is completed twice") }
            if case .server(let error)? = cause, error.message != "\(id)", !nodeIsAtFault {
                faults.append("\(id) got another's error")
            }
            check(driver.answers[id], of: id)
        case .closed(let cause):
            switch cause {
            case .tooManyOrphans, .keepAliveTimedOut: break
            default: if !nodeIsAtFault { faults.append("closed: \(cause)") }
            }
        }
    }

    private func check(_ answer: Answer?, of id: RequestID) {
        guard let answer, !nodeIsAtFault else { return }
        switch answer.result {
        case .rows(let rows):
            if (try? rows.first?.value(at: 0, as: String.self)) != "\(id)" {
                faults.append("\(id) got other rows")
            }
        case .keyspace(let name):
            if name != "\(id)" || answer.warnings != [name] { faults.append("\(id) got another's answer") }
        default: break
        }
    }
}
