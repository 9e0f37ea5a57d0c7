import Synchronization

/// A client of one Apache Cassandra cluster.
///
/// It discovers the cluster's nodes through its contact points, keeps connections to those of the local data centre,
/// and sends each request to a replica of its partition. All networking runs on one thread of its own; requests may
/// come from any thread. See docs/cql.md for an example.
public final class Cluster: Sendable {
    /// The configuration of the client.
    public let configuration: ClusterConfiguration

    let mailbox: Mailbox<ClusterCore.Message>
    let counters: ClusterCounters
    private let taskExecutor: ClusterExecutor
    private let shared: Shared

    /// The state shared by the loop's thread and callers.
    final class Shared: Sendable {
        let nodes = Mutex<[Node]>([])
        let ending = Mutex(Ending())

        struct Ending {
            var hasEnded = false
            var waiting: [@Sendable () -> Void] = []
        }

        func end() {
            let waiting = ending.withLock { ending in
                ending.hasEnded = true
                defer { ending.waiting = [] }
                return ending.waiting
            }
            for body in waiting { body() }
        }

        func whenEnded(_ body: @escaping @Sendable () -> Void) {
            let hasEnded = ending.withLock { ending in
                if !ending.hasEnded { ending.waiting.append(body) }
                return ending.hasEnded
            }
            if hasEnded { body() }
        }
    }

    /// Connects: discovers the nodes and waits until one can be asked.
    ///
    /// Throws with each contact point's reason if none could be asked within `startPatience`; throws at once if the
    /// reason will not pass, such as a wrong password, or the task is cancelled.
    public static func connect(_ configuration: ClusterConfiguration) async throws(CQLError) -> Cluster {
        try await connect(configuration, random: SystemRandomNumberGenerator())
    }

    /// Connects with the given random numbers, which spread the attempts to reconnect.
    static func connect(
        _ configuration: ClusterConfiguration,
        random: any RandomNumberGenerator & Sendable
    ) async throws(CQLError) -> Cluster {
        if let fault = configuration.fault {
            throw CQLError(.configuration(fault), execution: .notExecuted)
        }
        let cluster = Cluster(configuration)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                cluster.start(random) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            // The client closes when it takes this message, which ends the start.
            _ = cluster.mailbox.post(.close)
        }
        guard case .failure(let error) = result else { return cluster }
        await cluster.close()
        throw error
    }

    private init(_ configuration: ClusterConfiguration) {
        self.configuration = configuration
        mailbox = Mailbox()
        taskExecutor = ClusterExecutor(mailbox)
        counters = ClusterCounters()
        shared = Shared()
    }

    deinit {
        _ = mailbox.post(.close)
    }

    /// The nodes of the cluster as currently known.
    public var nodes: [Node] { shared.nodes.withLock { $0 } }

    /// Runs tasks on the client's own thread, where responses arrive.
    ///
    /// For tasks that send one request after another and work for microseconds in between: a long step delays all
    /// requests.
    public var executor: any TaskExecutor { taskExecutor }

    /// The client's counters and current state.
    public var statistics: ClusterStatistics { counters.statistics }

    /// Closes all connections and ends the client's thread; pending requests fail.
    ///
    /// Safe to call more than once; each call waits for the end.
    public func close() async {
        _ = mailbox.post(.close)
        await withCheckedContinuation { continuation in
            shared.whenEnded { continuation.resume() }
        }
    }

    private func start(
        _ random: any RandomNumberGenerator & Sendable,
        _ started: @escaping @Sendable (Result<Void, CQLError>) -> Void
    ) {
        let isRunning = LoopThread.run { [configuration, mailbox, counters, shared] in
            Self.run(configuration, mailbox, counters, shared, random, started)
            shared.end()
        }
        guard !isRunning else { return }
        shared.end()
        started(.failure(CQLError(.configuration("the system gives no thread"), execution: .notExecuted)))
    }

    /// Runs the loop's thread from start to end.
    private static func run(
        _ configuration: ClusterConfiguration,
        _ mailbox: Mailbox<ClusterCore.Message>,
        _ counters: ClusterCounters,
        _ shared: Shared,
        _ random: any RandomNumberGenerator,
        _ started: @escaping (Result<Void, CQLError>) -> Void
    ) {
        do throws(CQLError) {
            let core = try ClusterCore(configuration, mailbox: mailbox, counters: counters, random: random) {
                nodes in
                shared.nodes.withLock { $0 = nodes }
            }
            core.started = started
            core.run()
        } catch {
            _ = mailbox.close()
            started(.failure(error))
        }
    }
}
