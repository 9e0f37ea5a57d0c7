import Logging
import PlayerSessions
import SessionStoreTesting
import Synchronization
import Testing

@testable import CassandraStore

/// A cluster that answers at once, behind a gate.
private final class GatedCluster: Cluster {
    let gate: RequestGate
    private let base: any Cluster

    init(_ base: any Cluster, _ gate: RequestGate) {
        self.base = base
        self.gate = gate
    }

    func run(_ request: Request) async throws(ClusterError) -> Page {
        let answer = await Result { () async throws(ClusterError) in try await base.run(request) }
        return try await gate.run(request) { () in (try? answer.get()) ?? Page() }
    }
}

@Suite struct BusyClusterTests {
    private let time = ManualTime()
    private let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_123_456))

    /// A cluster at whose gate there is no room.
    private func fullCluster() async throws -> GatedCluster {
        let gate = RequestGate(width: 1, elapsed: time.elapsed)
        try await gate.enter()
        return GatedCluster(InstantCluster(clock: clock.wallClock), gate)
    }

    /// Waits until `isDone` is set; what stands in line at the gate meanwhile is turned away, and gives `true`.
    private func waits(at gate: RequestGate, until isDone: borrowing Atomic<Bool>) async -> Bool {
        var hasWaited = false
        while !isDone.load(ordering: .sequentiallyConsistent) {
            if gate.waitingCount > 0 {
                hasWaited = true
                time.pass(RequestGate.patience)
                gate.leave(.unknown)
            }
            await Task.yield()
        }
        return hasWaited
    }

    /// Whether something is done.
    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    @Test(.endsSomeTime)
    func `a look at a busy cluster's health waits for nobody, and finds it well`() async throws {
        let cluster = try await fullCluster()
        var surroundings = Surroundings.system(wallClock: clock.wallClock)
        surroundings.elapsed = time.elapsed
        let core = StoreCore(cluster, surroundings: surroundings, retention: .forever)
        let trials = GuardrailTrials(access: core.access, maximumClockSkew: 0)
        let watch = KeyspaceWatch(
            core,
            settings: KeyspaceSettings(access: core.access),
            logger: .silent
        )
        let health = Health(core.access, logger: .silent) { () async throws(ClusterError) in
            try await watch.look()
            try await trials.tryTimestamps()
        }
        let flag = Flag()
        let looking = Task {
            // The first leaves a trace and enters how sums are decided, the second reads both.
            for _ in 0..<2 { await health.look() }
            flag.isSet.store(true, ordering: .sequentiallyConsistent)
        }
        let hasWaited = await waits(at: cluster.gate, until: flag.isSet)
        await looking.value
        #expect(!hasWaited)
        #expect(health.unreadiness == nil)
    }

    @Test(.endsSomeTime)
    func `a batch waits there, and is turned away`() async throws {
        let cluster = try await fullCluster()
        let flag = Flag()
        let asking = Task {
            let result = await Result { () async throws(ClusterError) in
                _ = try await cluster.run(.single(.registerBucket(1)))
            }
            flag.isSet.store(true, ordering: .sequentiallyConsistent)
            return result
        }
        let hasWaited = await waits(at: cluster.gate, until: flag.isSet)
        let result = await asking.value
        #expect(hasWaited)
        #expect(throws: ClusterError.self) { try result.get() }
    }
}
