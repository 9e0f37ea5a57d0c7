import ByteBuffers

/// A connection: the protocol's state machine and its channel.
///
/// `@unchecked Sendable`: created and used on its loop's thread only; closures that capture it run there.
final class NodeConnection: ChannelOwner, @unchecked Sendable {
    private enum State {
        case connecting, open, ready, closed
    }

    let endpoint: Endpoint
    private unowned let loop: Loop
    private weak var owner: (any NodeConnectionOwner)?
    private var machine: ConnectionMachine
    private var channel: Channel?
    private var state = State.connecting
    private var connectDeadline = UInt64.max
    /// Whether it may be used once it is ready, without identifying the node first.
    private var isTrusted: Bool
    private var isPerforming = false
    /// When the node last sent something or began to owe responses.
    private var silentSince: UInt64 = 0

    init(
        to endpoint: Endpoint,
        on loop: Loop,
        _ settings: ConnectionSettings,
        isTrusted: Bool = true,
        owner: any NodeConnectionOwner
    ) {
        self.endpoint = endpoint
        self.isTrusted = isTrusted
        self.loop = loop
        self.owner = owner
        machine = ConnectionMachine(settings)
    }

    /// Whether it accepts requests of any kind.
    var isReady: Bool { state == .ready && isTrusted }
    var version: ProtocolVersion { machine.settings.version }
    /// Whether it has ever accepted requests.
    private(set) var wasReady = false
    var isClosed: Bool { state == .closed }
    var unansweredCount: Int { machine.unansweredCount }

    /// How long the node has owed responses without sending anything, in milliseconds.
    var silence: UInt64 {
        owedCount == 0 || loop.now < silentSince ? 0 : loop.now - silentSince
    }

    /// The number of responses owed, given-up requests included: giving up says nothing about the node.
    private var owedCount: Int { machine.unansweredCount + machine.orphanCount }

    /// Records that the right node answers.
    func trust() {
        isTrusted = true
        wasReady = state == .ready
    }

    /// Starts connecting; reports failure by `connectionClosed`, possibly from within this call.
    func start(_ encryption: TLSContext?, name: String, connectMilliseconds: UInt64) {
        connectDeadline = loop.now.saturatingAdd(connectMilliseconds)
        do throws(TransportFault) {
            let session = try encryption.map { (context) throws(TransportFault) in
                try context.session(to: name)
            }
            let channel = Channel(to: endpoint, on: loop, encryption: session, owner: self)
            self.channel = channel
            channel.connect()
        } catch {
            end(error)
        }
    }

    /// Sends a request, which completes exactly once.
    func submit(_ request: Request, id: RequestID, deadline: UInt64) {
        if owedCount == 0 { silentSince = loop.now }
        machine.submit(request, id: id, deadline: deadline, now: loop.now)
        perform()
    }

    func tick() {
        guard state != .closed else { return }
        if state == .connecting {
            if connectDeadline <= loop.now {
                end(TransportFault(.deadline, "no connection was made in time"))
            }
            return
        }
        guard machine.nextTick <= loop.now else { return }
        machine.tick(loop.now)
        perform()
    }

    /// Closes the connection and completes its requests; the owner receives no other call.
    func close(_ cause: CQLError.Cause) {
        guard state != .closed else { return }
        state = .closed
        channel?.close()
        machine.transportClosed(cause)
        perform()
        owner = nil
    }

    func channelOpened(_ channel: Channel) {
        state = .open
        machine.opened(loop.now)
        perform()
    }

    func channel(_ channel: Channel, received bytes: UnsafeRawBufferPointer) {
        silentSince = loop.now
        unsafe machine.received(bytes, loop.now)
        perform()
    }

    func channel(_ channel: Channel, fill buffer: inout ByteBuffer) {
        guard machine.hasOutput else { return }
        machine.takeOutput(into: &buffer)
        // Requests that waited for space are encoded now.
        perform()
    }

    func channelClosed(_ channel: Channel, _ fault: TransportFault) {
        end(fault)
    }

    private func end(_ fault: TransportFault) {
        guard state != .closed else { return }
        state = .closed
        channel?.close()
        let cause = CQLError.Cause(fault)
        machine.transportClosed(cause)
        perform()
        owner?.connectionClosed(self, CQLError(cause, execution: .notExecuted, node: machine.settings.node))
        owner = nil
    }

    /// Performs the machine's actions, including those that the owner causes meanwhile.
    private func perform() {
        guard !isPerforming else { return }
        isPerforming = true
        var ending: CQLError?
        while let action = machine.nextAction() {
            switch action {
            case .ready:
                state = .ready
                wasReady = isTrusted
                owner?.connectionReady(self)
            case .complete(let id, let result): owner?.connection(self, completed: id, result)
            case .event(let event): owner?.connection(self, told: event)
            case .close(let error):
                state = .closed
                channel?.close()
                ending = error
            }
        }
        isPerforming = false
        if let ending {
            machine.transportClosed()
            owner?.connectionClosed(self, ending)
            owner = nil
        } else if machine.hasOutput {
            channel?.write()
        }
    }
}

extension CQLError.Cause {
    init(_ fault: TransportFault) {
        let message = fault.hint.map { "\(fault.reason) (\($0))" } ?? fault.reason
        switch fault.kind {
        case .resolution: self = .transport(operation: "finding the node's address", message: message)
        case .connection, .deadline: self = .transport(operation: "connecting", message: message)
        case .encryption: self = .encryption(message: message)
        case .closed: self = .transport(operation: "the connection", message: message)
        }
    }
}

/// The user of a connection; called on the loop's thread only.
protocol NodeConnectionOwner: AnyObject {
    /// The connection accepts requests.
    func connectionReady(_ connection: NodeConnection)

    func connection(_ connection: NodeConnection, completed id: RequestID, _ result: Result<Answer, CQLError>)

    /// The node reported a change.
    func connection(_ connection: NodeConnection, told event: ServerEvent)

    /// The connection has ended or could not be made, and all its requests are complete; not called after `close()`.
    func connectionClosed(_ connection: NodeConnection, _ error: CQLError)
}
