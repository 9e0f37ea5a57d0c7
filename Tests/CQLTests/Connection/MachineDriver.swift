import ByteBuffers
import Testing

@testable import CQL

/// A machine together with a node that says what a test wants it to say.
final class MachineDriver {
    enum Event: Equatable {
        case ready(NegotiatedConnection)
        case completed(RequestID, CQLError.Cause?, CQLError.Execution?)
        case event(ServerEvent)
        case closed(CQLError.Cause)
    }

    var machine: ConnectionMachine
    var now: UInt64 = 1_000
    /// What the machine wanted done, in its order.
    var events: [Event] = []
    var errors: [CQLError] = []
    var answers: [RequestID: Answer] = [:]
    /// What the node got.
    var requests: [StoredEnvelope] = []
    /// Bytes from the node are handed over in such pieces.
    var pieces: () -> Int = { .max }

    private let settings: ConnectionSettings
    private var nodeDecoder: FrameDecoder
    private var isFramed = false
    private var compression: FrameCompression?
    private var output = ByteBuffer()

    init(_ settings: ConnectionSettings = ConnectionSettings()) {
        self.settings = settings
        machine = ConnectionMachine(settings)
        nodeDecoder = FrameDecoder(maximumFrameBytes: settings.maximumFrameBytes)
    }

    /// A connection that is ready.
    static func ready(_ settings: ConnectionSettings = ConnectionSettings()) throws -> MachineDriver {
        let driver = MachineDriver(settings)
        driver.open()
        driver.shakeHands()
        try #require(driver.isReady)
        driver.events = []
        driver.requests = []
        return driver
    }

    // What the machine says, where a test's macro cannot look into a type that is not copied.
    var state: ConnectionMachine.State { machine.state }
    var isReady: Bool { machine.isReady }
    var isClosed: Bool { machine.isClosed }
    var nextTick: UInt64 { machine.nextTick }
    var orphanCount: Int { machine.orphanCount }
    var unansweredCount: Int { machine.unansweredCount }
    var queuedCount: Int { machine.queue.count }
    var outputBytes: Int { machine.encoder.count }
    var hasOutput: Bool { machine.hasOutput }
    var negotiated: NegotiatedConnection { machine.negotiated }

    func open() {
        machine.opened(now)
        pump()
    }

    /// The node agrees to everything.
    func shakeHands() {
        supported()
        answer(0, .ready)
        if !settings.events.isEmpty { answer(0, .ready) }
    }

    /// The node says what it can do.
    func supported(
        versions: [String] = ["3/v3", "4/v4", "5/v5", "6/v6-beta"],
        compressions: [String] = ["lz4"]
    ) {
        answer(0, .supported) { buffer in
            buffer.append(bigEndian: UInt16(2))
            try? buffer.append(string: "PROTOCOL_VERSIONS")
            try? buffer.append(stringList: versions)
            try? buffer.append(string: "COMPRESSION")
            try? buffer.append(stringList: compressions)
        }
    }

    /// Submits a query whose statement is its number.
    func submit(_ id: RequestID, within milliseconds: UInt64 = 1_000, statement: String? = nil) {
        let query = Query(
            statement: statement ?? "statement \(id)",
            parameters: QueryParameters(consistency: .one)
        )
        machine.submit(.query(query), id: id, deadline: now + milliseconds, now: now)
        pump()
    }

    /// The node's message, as bytes.
    func message(
        _ stream: Int16,
        _ opcode: Opcode,
        version: UInt8? = nil,
        flags: EnvelopeHeader.Flags = [],
        _ body: (inout ByteBuffer) -> Void = { _ in }
    ) -> [UInt8] {
        var content = ByteBuffer()
        body(&content)
        var envelope = ByteBuffer()
        EnvelopeHeader(
            version: version ?? (settings.version.rawValue | EnvelopeHeader.responseBit),
            flags: flags,
            stream: stream,
            opcode: opcode.rawValue,
            length: UInt32(content.count)
        ).write(to: &envelope)
        unsafe envelope.append(content.bytes)
        guard isFramed else { return contents(envelope) }
        var frame = ByteBuffer()
        SegmentHeader(payloadLength: envelope.count, isSelfContained: true).write(to: &frame, compression)
        unsafe frame.append(envelope.bytes)
        frame.append(littleEndian: UInt64(unsafe Checksum.crc32(envelope.bytes)), size: 4)
        return contents(frame)
    }

    /// The node answers.
    func answer(
        _ stream: Int16,
        _ opcode: Opcode,
        version: UInt8? = nil,
        flags: EnvelopeHeader.Flags = [],
        _ body: (inout ByteBuffer) -> Void = { _ in }
    ) {
        let bytes = message(stream, opcode, version: version, flags: flags, body)
        // Behind the answer to STARTUP there are frames.
        if opcode == .ready || opcode == .authenticate, settings.version == .v5 { isFramed = true }
        receive(bytes)
    }

    func answerVoid(_ stream: Int16) {
        answer(stream, .result) { $0.append(bigEndian: Int32(1)) }
    }

    func answerError(_ stream: Int16, code: Int32, message: String = "no", version: UInt8? = nil) {
        answer(stream, .error, version: version) { buffer in
            buffer.append(bigEndian: code)
            try? buffer.append(string: message)
        }
    }

    /// Bytes come from the node.
    func receive(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count, machine.state != .closed {
            let end = offset + min(pieces(), bytes.count - offset)
            let piece = Array(bytes[offset..<end])
            offset = end
            unsafe piece.withUnsafeBytes { unsafe machine.received($0, now) }
            pump()
        }
    }

    func tick(after milliseconds: UInt64) {
        now += milliseconds
        machine.tick(now)
        pump()
    }

    func closeTransport() {
        machine.transportClosed()
        pump()
    }

    /// Performs the machine's actions, and takes its bytes to the node.
    func pump(writes: Bool = true) {
        while let action = machine.nextAction() {
            switch action {
            case .ready(let negotiated):
                events.append(.ready(negotiated))
            case .complete(let id, .success(let answer)):
                answers[id] = answer
                events.append(.completed(id, nil, nil))
            case .complete(let id, .failure(let error)):
                errors.append(error)
                events.append(.completed(id, error.cause, error.execution))
            case .event(let event): events.append(.event(event))
            case .close(let error):
                errors.append(error)
                events.append(.closed(error.cause))
            }
        }
        while writes, machine.hasOutput {
            output.removeAll()
            machine.takeOutput(into: &output)
            readRequests(contents(output))
        }
    }

    private func readRequests(_ bytes: [UInt8]) {
        if isFramed {
            nodeDecoder.beginSegments(compression)
        } else {
            nodeDecoder.allowCompression(compression)
        }
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe nodeDecoder.feed(bytes)
            do throws(FrameFault) {
                while let envelope = try nodeDecoder.next() {
                    let request = StoredEnvelope(envelope)
                    requests.append(request)
                    guard request.header.opcode == Opcode.startup.rawValue else { continue }
                    let options = String(decoding: request.body, as: UTF8.self)
                    compression = options.contains("COMPRESSION") ? .lz4 : nil
                }
                nodeDecoder.keep()
            } catch {
                Issue.record("the node cannot read a request: \(error.cause)")
            }
        }
    }

    /// The stream on which a query was sent.
    func stream(of id: RequestID) throws -> Int16 {
        let statement = Array("statement \(id)".utf8)
        let found = requests.last { Array($0.body.dropFirst(4).prefix(statement.count)) == statement }
        return try #require(found).header.stream
    }
}
