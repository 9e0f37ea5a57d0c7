import FairSharing
import Glibc
import Synchronization

/// An HTTP/1.1 server: loops that accept and serve connections, each on its own thread.
public final class HTTPServer: Sendable {
    /// The number of readable zero bytes after every body.
    public static let bodyPadding = 64
    /// A body of more bytes is owned by the handler, which may process it on another thread.
    public static let largeBodyBytes = 65_536

    private struct Life {
        var isStarted = false
        var isStopped = false
        var running = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// The port that the server listens on.
    public let port: Int
    /// Whether only this machine can reach the server: it listens on loopback addresses only.
    public let isLoopback: Bool

    private let plans: [LoopPlan]
    private let limiter: SharedLimit<PeerAddress>
    private let budget: BufferBudget
    private let life: Shared

    /// The server's state, which outlives it while loops are running.
    private final class Shared: Sendable {
        let state = Mutex(Life())

        /// Notes that a loop has ended and that it and its handler are released.
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

    /// Starts listening; connections wait in the kernel until `start`.
    ///
    /// `address` must have been reserved with the same configuration; if `nil`, the configuration's address is bound
    /// here. `makeHandler` is called with the index of each loop, on that loop's thread; `renderFault` and `observe`
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

    /// The number of open connections, without those beyond the limits.
    public var connections: Int { limiter.total }

    /// The bytes of requests and responses that connections hold, except small ones, which are not counted.
    public var bufferedBytes: Int { budget.bytes }

    /// Returns the most bytes that connections held at once since the last call.
    public func takeBufferedPeak() -> Int { budget.takePeak() }

    /// Starts the threads and returns when every loop serves; a second call, or one after `stop`, does nothing.
    ///
    /// Throws if the system refuses a thread or a loop; the server is stopped then.
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

    /// Stops accepting, closes idle connections, finishes pending requests, and returns when everything is closed.
    ///
    /// Requests that are not finished after `grace` are cut off. It may be called again, with another grace, and from
    /// several tasks; each call returns when the loops have ended.
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
