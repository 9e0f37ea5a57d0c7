import Synchronization

/// A client of one Apache Cassandra cluster.
///
/// It finds the cluster's nodes by its contact points, keeps connections to those of the local data centre, and sends
/// each request to a replica of its partition. All networking is on one thread of its own; requests are taken from any
/// thread. See docs/cql.md for an example.
public final class Cluster: Sendable {
    /// How the client was made.
    public let configuration: ClusterConfiguration

    let mailbox: Mailbox<ClusterCore.Message>
    let counters: ClusterCounters
    private let taskExecutor: ClusterExecutor
    private let shared: Shared

    /// What the loop's thread and the callers both know.
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

    /// Connects: finds the nodes, and waits until one can be asked.
    ///
    /// Throws where no contact point could be asked within `startPatience`, and why each one could not; at once where the
    /// reason is one that stays, such as a wrong password, or the task is cancelled.
    public static func connect(_ configuration: ClusterConfiguration) async throws(CQLError) -> Cluster {
        try await connect(configuration, random: SystemRandomNumberGenerator())
    }

    /// Connects with random numbers that are handed in; they spread the attempts to reconnect.
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
            // The client closes when it takes its mail, and so ends the start.
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

    /// The cluster's nodes, as they are known at present.
    public var nodes: [Node] { shared.nodes.withLock { $0 } }

    /// Runs tasks on the client's own thread, where each answer is a call away.
    ///
    /// For tasks that send one request after the other and work for microseconds between them: a long step keeps all
    /// requests waiting.
    public var executor: any TaskExecutor { taskExecutor }

    /// What the client has done so far, and how it stands.
    public var statistics: ClusterStatistics { counters.statistics }

    /// Closes all connections and ends the client's thread; requests under way fail.
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

    /// The life of the loop's thread.
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
