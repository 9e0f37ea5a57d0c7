/// The client's state, on its loop: nodes, connections, and the requests under way.
///
/// Unchecked: made, used and released on the loop's thread only; closures that name it run there.
final class ClusterCore: LoopOwner, @unchecked Sendable {
    enum Message: Sendable {
        case flight(Flight)
        case agreement(@Sendable () -> Void)
        /// A step of a task of the client's executor.
        case step(UnownedJob, ClusterExecutor)
        case close
    }

    /// How often mail is taken in a turn: steps of tasks bring more, which need not wait for the network.
    private static let maximumCollections = 16

    /// How long the start waits for the other nodes once one can be asked: a node that hangs must not hold it up.
    private static let startGraceMilliseconds: UInt64 = 500

    let configuration: ClusterConfiguration
    let loop: Loop
    let mailbox: Mailbox<Message>
    let counters: ClusterCounters
    let encryption: TLSContext?
    /// Is told once whether the cluster could be reached.
    var started: ((Result<Void, CQLError>) -> Void)?
    /// Gives the nodes that are known to those who ask from other threads.
    let publish: ([Node]) -> Void

    var random: any RandomNumberGenerator
    /// The names that contact points go by, which their certificates hold.
    var names: [Endpoint: String] = [:]
    var localDataCenter: String?
    var table: RoutingTable
    var tableVersion = 0
    /// The nodes, as they are numbered in `table`.
    var pools: [NodePool] = []
    /// Where contact points reached nodes that advertise another address, by host id.
    var proven: [UUID: Endpoint] = [:]
    var flights: [Flight?] = []
    var freeSlots: [Int] = []
    var rotation = 0
    /// Who waits for nodes to agree on the schema.
    var agreementPolls: [AgreementPoll] = []
    var isClosing = false
    private(set) lazy var control = ControlConnection(self)
    /// When the start goes on with the nodes that it has.
    private var startDeadline = UInt64.max
    /// When a start without any node fails.
    private let patienceEnd: UInt64
    /// Why the start could not be made so far.
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

    /// Works until the client is closed.
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
        case .flight(let flight): begin(flight)
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

    /// How a connection to a node is made.
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
        // Every request of a connection fails with it, and those that wait for a statement fail here.
        for pool in pools { for connection in pool.connections { connection.close(.clientClosed) } }
        for slot in flights.indices where flights[slot] != nil { finish(slot, .failure(error)) }
        for message in mailbox.close() {
            switch message {
            case .flight(let flight): refuse(flight, error)
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

    /// Takes note that no node could be asked for the topology.
    func controlFailed(_ error: CQLError) {
        if started == nil { observe(.controlLost(error)) } else { startFailed(error) }
    }

    /// Takes note that the nodes are known: from now on connections to them are made.
    func startKnowsNodes() {
        startError = nil
        guard startDeadline == .max else { return }
        startDeadline = loop.now + configuration.connectTimeout.milliseconds * 2
    }

    /// Gives the start up, or goes on where time may help.
    private func startFailed(_ error: CQLError) {
        guard !error.isLasting, loop.now < patienceEnd else { return report(.failure(error)) }
        startError = error
        observe(.waiting(error))
    }

    /// Ends the start once a node can be asked and the others had their chance, or all have failed.
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
