import Fuzzing
import PlayerSessions

@testable import CassandraStore

/// A service process of the simulation: the store's own code on the simulated cluster, until it dies.
///
/// `@unchecked Sendable`: all of it happens on the simulation's thread.
final class SimulatedProcess: Cluster, @unchecked Sendable {
    let simulation: Simulation
    let cluster: SimulatedCluster
    private(set) var isDead = false
    /// After how many requests the process dies, and how often what it sends is lost; of a victim.
    var requestsLeft: Int?
    var lost: Int?
    /// What becomes of its requests, where that is not left to chance.
    var script: Script?
    private var made: StoreCore?

    /// The store's code, which asks this process.
    var core: StoreCore {
        guard let made else { preconditionFailure("a process without a store") }
        return made
    }

    /// `skew` is by how many µs its wall clock shows too much, where that is not left to chance.
    init(
        _ cluster: SimulatedCluster,
        rules: ProtocolRules,
        retention: Retention = .forever,
        skew: Int64? = nil
    ) {
        self.cluster = cluster
        let simulation = cluster.simulation
        self.simulation = simulation
        // Clocks that run apart by up to 2 %, and walls that show up to 50 ms too much or too little.
        let speed = Int64.random(in: 980...1_020, using: &simulation.random)
        let anySkew = Int64.random(in: -50_000...50_000, using: &simulation.random)
        let skew = skew ?? anySkew
        let surroundings = Surroundings(
            wallClock: WallClock {
                Timestamp(microseconds: SimulatedCluster.epoch + simulation.now / 1_000 + skew)
            },
            elapsed: { simulation.now / 1_000 * speed },
            sleep: { await simulation.sleep($0) },
            random: { simulation.random.next() }
        )
        made = StoreCore(
            self,
            surroundings: surroundings,
            retention: retention,
            rules: rules
        )
    }

    /// Nothing that it does comes to anything from now on.
    func die() { isDead = true }

    /// Lets the store's code go, which refers to this process.
    func end() { made = nil }

    func run(_ request: Request) async throws(ClusterError) -> Page {
        if isDead { throw SimulatedProcess.death }
        requestsLeft = requestsLeft.map { $0 - 1 }
        if happens(cluster.faults.crash) || requestsLeft == 0 {
            // Before the request leaves, or behind it.
            if Bool.random(using: &simulation.random) { cluster.take(request, lost: lost) { _ in } }
            isDead = true
            throw SimulatedProcess.death
        }
        // A script is asked once for each statement, so it may count.
        let steering = script?(request.statements[0])
        let rest: Script? = script.map { script in { $0 == request.statements[0] ? steering : script($0) } }
        let result = await withCheckedContinuation { continuation in
            cluster.take(request, lost: lost, rest) { continuation.resume(returning: $0) }
        }
        if let pause = steering?.pause, pause > 0 {
            await simulation.sleep(pause * SimulatedCluster.second)
        }
        if happens(cluster.faults.pause) {
            await simulation.sleep(
                Int64.random(in: 1...400, using: &simulation.random) * SimulatedCluster.second
            )
        }
        if isDead { throw SimulatedProcess.death }
        return try result.get()
    }

    private func happens(_ once: Int) -> Bool {
        once != .max && simulation.random.once(in: once)
    }

    private static let death = ClusterError(outcome: .unknown, reason: "the process died", isTransient: false)
}
