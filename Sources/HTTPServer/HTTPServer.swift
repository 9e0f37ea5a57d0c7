import FairSharing
import Glibc
import Synchronization

/// An HTTP/1.1 server: loops that accept and serve connections, each on a thread of its own.
public final class HTTPServer: Sendable {
    /// How many readable zero bytes lie behind every body.
    public static let bodyPadding = 64
    /// A body with more bytes is handed over for good, so that its handler may work on it elsewhere.
    public static let largeBodyBytes = 65_536

    private struct Life {
        var isStarted = false
        var isStopped = false
        var running = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// The port that the server listens at.
    public let port: Int
    /// Whether only this machine can reach the server: all addresses it listens at are loopback ones.
    public let isLoopback: Bool

    private let plans: [LoopPlan]
    private let limiter: SharedLimit<PeerAddress>
    private let budget: BufferBudget
    private let life: Shared

    /// Outlives the server where loops are still running.
    private final class Shared: Sendable {
        let state = Mutex(Life())

        /// Takes note that a loop has ended, and is released with its handler.
        func ended() {
            let waiters = state.withLock { state in
                state.running -= 1
                guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// Listens at once; connections wait in the kernel until `start`.
    ///
    /// `address` was reserved with the same configuration; without one, the configuration's is bound here.
    /// `makeHandler` is called with the number of each loop, on that loop's thread; `renderFault` and `observe`
    /// are called on the loops.
    public init(
        _ configuration: HTTPServerConfiguration,
        at address: ReservedAddress? = nil,
        renderFault: @escaping @Sendable (HTTPFault) -> HTTPResponse,
        observe: @escaping @Sendable (HTTPObservation) -> Void,
        makeHandler: @escaping @Sendable (Int) -> any HTTPHandler
    ) throws(HTTPServerError) {
        let address = if let address { address } else { try ReservedAddress(configuration) }
        let ofLoops = try address.listen(loops: configuration.loops, backlog: configuration.backlog)
        let limiter = SharedLimit<PeerAddress>(
            configuration.maximumConnections,
            ofClient: configuration.maximumConnectionsPerAddress
        )
        port = address.port
        isLoopback = address.isLoopback
        self.limiter = limiter
        let budget = BufferBudget(
            limit: configuration.maximumBufferedBytes,
            limitOfAddress: configuration.maximumBufferedBytesPerAddress
        )
        self.budget = budget
        life = Shared()
        plans = ofLoops.enumerated().map { index, ofLoop in
            LoopPlan(
                index: index,
                sockets: ofLoop,
                limits: ConnectionLimits(configuration),
                reservedConnections: configuration.maximumReservedConnections / ofLoops.count,
                mailbox: LoopMailbox(),
                limiter: limiter,
                budget: budget,
                renderFault: renderFault,
                observe: observe,
                makeHandler: makeHandler
            )
        }
    }

    deinit {
        let wasStarted = life.state.withLock { state in
            let wasStarted = state.isStarted
            state.isStarted = true
            return wasStarted
        }
        if wasStarted { stopLoops(grace: 0) } else { closeSockets() }
    }

    /// How many connections are open; those beyond the limits do not count.
    public var connections: Int { limiter.total }

    /// How many bytes of requests and answers the connections hold, ordinary ones aside.
    public var bufferedBytes: Int { budget.bytes }

    /// The most bytes that the connections held at a time since the last call.
    public func takeBufferedPeak() -> Int { budget.takePeak() }

    /// Starts the threads and returns when each loop serves; a second call, or one after `stop`, does nothing.
    ///
    /// Throws where the system refuses a thread or a loop. The server is stopped then.
    public func start() throws(HTTPServerError) {
        let isFirst = life.state.withLock { state in
            let isFirst = !state.isStarted && !state.isStopped
            if isFirst {
                state.isStarted = true
                state.running = plans.count
            }
            return isFirst
        }
        guard isFirst else { return }
        guard let failure = LoopThreads.start(plans, ended: life.ended) else { return }
        life.state.withLock { $0.isStopped = true }
        stopLoops(grace: 0)
        throw failure
    }

    /// Stops accepting, closes idle connections, finishes the requests under way, and returns when all is closed.
    ///
    /// What is not finished after `grace` is cut. It may be called again, with another grace, and from several
    /// tasks; each call returns when the loops have ended.
    public func stop(grace: Duration) async {
        let wasStarted = life.state.withLock { state in
            state.isStopped = true
            let wasStarted = state.isStarted
            state.isStarted = true
            return wasStarted
        }
        if wasStarted { stopLoops(grace: grace.wholeMilliseconds) } else { closeSockets() }
        await withCheckedContinuation { continuation in
            let isOver = life.state.withLock { state in
                if state.running > 0 { state.waiters.append(continuation) }
                return state.running == 0
            }
            if isOver { continuation.resume() }
        }
    }

    private func stopLoops(grace: UInt64) {
        for plan in plans { plan.mailbox.stop(grace: grace) }
    }

    private func closeSockets() {
        for plan in plans { for socket in plan.sockets { close(socket) } }
    }
}
