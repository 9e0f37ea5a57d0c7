/// The client's state on its loop: nodes, connections and pending requests.
///
/// `@unchecked Sendable`: created, used and released on the loop's thread only; closures that capture it run there.
final class ClusterCore: LoopOwner, @unchecked Sendable {
    enum Message: Sendable {
        case pendingRequest(PendingRequest)
        case agreement(@Sendable () -> Void)
        /// A job of a task on the client's executor.
        case step(UnownedJob, ClusterExecutor)
        case close
    }

    /// The most collections of mail in a turn: jobs of tasks post more, which need not wait for the network.
    private static let maximumCollections = 16

    /// How long the start waits for other nodes once one is ready, so that a hanging node does not delay it.
    private static let startGraceMilliseconds: UInt64 = 500

    let configuration: ClusterConfiguration
    let loop: Loop
    let mailbox: Mailbox<Message>
    let counters: ClusterCounters
    let encryption: TLSContext?
    /// Called once with the outcome of the start.
    var started: ((Result<Void, CQLError>) -> Void)?
    /// Publishes the known nodes to other threads.
    let publish: ([Node]) -> Void

    var random: any RandomNumberGenerator
    /// The host names of contact points, which their certificates hold.
    var names: [Endpoint: String] = [:]
    var localDataCenter: String?
    var table: RoutingTable
    var tableVersion = 0
    /// The nodes, indexed as in `table`.
    var pools: [NodePool] = []
    /// The endpoint at which each node was reached by a control connection, by host id.
    var proven: [UUID: Endpoint] = [:]
    var pendingRequests: [PendingRequest?] = []
    var freeSlots: [Int] = []
    var rotation = 0
    /// The callers that wait for schema agreement.
    var agreementPolls: [AgreementPoll] = []
    var isClosing = false
    private(set) lazy var control = ControlConnection(self)
    /// When the start ends with the nodes ready by then.
    private var startDeadline = UInt64.max
    /// When to give up the start if no node could be reached.
    private let patienceEnd: UInt64
    /// Why the start has not succeeded so far.
    private var startError: CQLError?
    private var spareMail: [Message] = []

    init(
        _ configuration: ClusterConfiguration,
        mailbox: Mailbox<Message>,
        counters: ClusterCounters,
        random: any RandomNumberGenerator,
        publish: @escaping ([Node]) -> Void
    ) throws(CQLError) {
        self.configuration = configuration
        self.mailbox = mailbox
        self.counters = counters
        self.random = random
        self.publish = publish
        do throws(TransportFault) {
            encryption = try configuration.encryption.map { (encryption) throws(TransportFault) in
                try TLSContext(certificateAuthorityFile: encryption.certificateAuthorityFile)
            }
        } catch {
            throw CQLError(.init(error), execution: .notExecuted)
        }
        localDataCenter = configuration.localDataCenter
        table = RoutingTable(nodes: [], keyspaces: [:], localDataCenter: nil, usesRemote: false)
        do throws(TransportFault) {
            loop = try Loop()
        } catch {
            throw CQLError(.init(error), execution: .notExecuted)
        }
        let patience = configuration.startPatience
        patienceEnd = loop.now.saturatingAdd(patience > .zero ? patience.milliseconds : 0)
    }

    /// Runs until the client is closed.
    func run() {
        unsafe mailbox.open(loop.wakeUp)
        control.start()
        loop.run(self)
    }

    func turn() {
        for round in 1...Self.maximumCollections {
            if round == Self.maximumCollections { mailbox.setAttentive(false) }
            var mail = mailbox.collect(reusing: spareMail)
            if mail.isEmpty { break }
            spareMail = []
            for message in mail { take(message) }
            mail.removeAll(keepingCapacity: true)
            spareMail = mail
        }
        mailbox.setAttentive(!isClosing)
    }

    private func take(_ message: Message) {
        switch message {
        case .pendingRequest(let pendingRequest): begin(pendingRequest)
        case .agreement(let completion): awaitAgreement(completion)
        case .step(let step, let executor):
            unsafe step.runSynchronously(on: executor.asUnownedTaskExecutor())
        case .close: close()
        }
    }

    func tick() {
        control.tick()
        for pool in pools {
            for connection in pool.connections { connection.tick() }
            maintain(pool)
        }
        expireWaiting()
        pollAgreement()
        countNodes()
        if started != nil, startDeadline <= loop.now { finishStart() }
        if let startError, started != nil, patienceEnd <= loop.now { report(.failure(startError)) }
    }

    func observe(_ event: ClusterEvent) { configuration.observe(event) }

    func settings(
        for endpoint: Endpoint,
        _ version: ProtocolVersion,
        events: [EventKind]
    ) -> ConnectionSettings {
        var settings = ConnectionSettings()
        settings.node = endpoint.description
        settings.version = version
        settings.compression = configuration.compression
        settings.credentials = configuration.credentials
        settings.events = events
        settings.maximumFrameBytes = configuration.maximumFrameBytes
        settings.handshakeMilliseconds = configuration.connectTimeout.milliseconds
        settings.idleMilliseconds = configuration.idleTimeout.milliseconds
        settings.keepAliveMilliseconds = configuration.idleTimeout.milliseconds
        return settings
    }

    private func close() {
        guard !isClosing else { return }
        isClosing = true
        let error = CQLError(.clientClosed, execution: .notExecuted)
        control.close()
        // Closing a connection fails its requests; those that wait for a statement fail here.
        for pool in pools { for connection in pool.connections { connection.close(.clientClosed) } }
        for slot in pendingRequests.indices where pendingRequests[slot] != nil {
            finish(slot, .failure(error))
        }
        for message in mailbox.close() {
            switch message {
            case .pendingRequest(let pendingRequest): refuse(pendingRequest, error)
            case .agreement(let completion): completion()
            case .step(let step, _): globalConcurrentExecutor.enqueue(ExecutorJob(step))
            case .close: break
            }
        }
        pools = []
        let polls = agreementPolls
        agreementPolls = []
        for poll in polls { poll.completion() }
        counters.connections.store(0, ordering: .relaxed)
        counters.nodesUp.store(0, ordering: .relaxed)
        counters.nodesUnreached.store(0, ordering: .relaxed)
        report(.failure(error))
        loop.end()
    }

    // MARK: - The start

    /// Handles a round in which no node could be asked for the topology.
    func controlFailed(_ error: CQLError) {
        if started == nil { observe(.controlLost(error)) } else { startFailed(error) }
    }

    /// Starts the time limit for connecting to nodes, which are known from now on.
    func startKnowsNodes() {
        startError = nil
        guard startDeadline == .max else { return }
        startDeadline = loop.now + configuration.connectTimeout.milliseconds * 2
    }

    /// Fails the start, or continues it if time may help.
    private func startFailed(_ error: CQLError) {
        guard !error.isLasting, loop.now < patienceEnd else { return report(.failure(error)) }
        startError = error
        observe(.waiting(error))
    }

    /// Completes the start once a node is ready and the others had their chance, or all have failed.
    func finishStart() {
        guard started != nil, !pools.isEmpty else { return }
        let wanted = pools.filter(\.isWanted)
        let isAnyReady = wanted.contains { $0.readyCount > 0 }
        if isAnyReady { startDeadline = min(startDeadline, loop.now + Self.startGraceMilliseconds) }
        guard wanted.allSatisfy(\.wasTried) || startDeadline <= loop.now else { return }
        if isAnyReady { return report(.success(())) }
        startFailed(CQLError(.noNodeAvailable(wanted.compactMap(\.lastError)), execution: .notExecuted))
    }

    private func report(_ result: Result<Void, CQLError>) {
        let started = started
        self.started = nil
        started?(result)
    }
}
