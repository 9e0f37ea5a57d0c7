import Fuzzing
import PlayerSessions
import SessionStoreTesting

@testable import CassandraStore

/// A run of a shape with a seed; what it finds wrong is in `findings`.
///
/// `@unchecked Sendable`: all of it happens on the simulation's thread.
final class History: @unchecked Sendable {
    /// A batch, and what became of it.
    struct Telling {
        var batch: EventBatch
        var begun: [Int64] = []
        var acknowledged: Int64?
        var underWay = 0
    }

    let seed: UInt64
    let shape: HistoryShape
    let simulation: Simulation
    let cluster: SimulatedCluster
    private let rules: ProtocolRules
    private var processes: [SimulatedProcess] = []
    private var ended: [SimulatedProcess] = []
    /// The batches of the phase.
    private(set) var tellings: [Telling] = []
    private var earlier: [EventBatch] = []
    /// What may have been the instants of events so far.
    private(set) var pastInstants: Set<Timestamp> = []
    /// What earlier phases left, in which everything was told in the end.
    private(set) var base: Model
    private var phase: Int64 = 0
    private var tasks = 0
    private var isPhaseOver = false
    private var isOver = false
    private var isAsleep = false
    private(set) var findings: [String] = []
    /// Counts that were checked to the last start while faults went on.
    var exactChecks = 0

    init(_ shape: HistoryShape, seed: UInt64, rules: ProtocolRules = ProtocolRules(), traces: Bool = false) {
        self.seed = seed
        self.shape = shape
        self.rules = rules
        base = Model(retention: shape.retention)
        simulation = Simulation(seed: seed)
        cluster = SimulatedCluster(simulation, faults: shape.faults)
        cluster.grace = shape.grace
        if traces { cluster.trace = [] }
        processes = (0..<shape.processes).map { _ in newProcess() }
    }

    /// Lives through the history and gives the first finding, or `nil`.
    func run() -> String? {
        for number in 0..<shape.phases where findings.isEmpty {
            phase = Int64(number)
            live()
        }
        // What is under way comes to an end by itself once nobody answers any more.
        isOver = true
        for process in processes { process.die() }
        _ = simulation.run { false }
        for process in processes + ended { process.end() }
        return findings.first
    }

    /// A phase: first with faults, then until all is told and asked.
    private func live() {
        begin { await self.simulation.sleep(self.phaseBegin * 1_000 - self.simulation.now) }
        // Nobody is there between phases, so that the time passes quickly.
        isAsleep = true
        _ = simulation.run { self.tasks == 0 }
        isAsleep = false
        cluster.faults = shape.faults
        cluster.isCalm = false
        isPhaseOver = false
        pastInstants.formUnion(instants)
        tellings = (0..<shape.batches).map { _ in Telling(batch: batch()) }
        for index in tellings.indices { begin { await self.tell(index) } }
        for _ in 0..<shape.rebuilds { begin { await self.rebuild() } }
        for _ in 0..<shape.compactions { begin { await self.compact() } }
        for _ in 0..<shape.flushers { begin { await self.visit() } }
        for _ in 0..<shape.counts { begin { await self.checkCount() } }
        // Flushers end with the phase; everything else ends by itself.
        let limit = simulation.now + 10_000 * SimulatedCluster.second
        _ = simulation.run { self.tasks == self.shape.flushers || self.simulation.now > limit }
        isPhaseOver = true
        cluster.faults = .none
        finish()
        begin { await self.checkQuiet() }
        finish()
        earlier += tellings.map(\.batch)
        base = model(tellings.map(\.batch))
    }

    private func finish() {
        let limit = simulation.now + 50_000 * SimulatedCluster.second
        _ = simulation.run { self.tasks == 0 || self.simulation.now > limit }
        if tasks > 0 { find("\(tasks) tasks wait for ever") }
    }

    private func begin(_ body: @escaping @Sendable () async -> Void) {
        tasks += 1
        simulation.spawn {
            await body()
            self.tasks -= 1
        }
    }

    // What is told

    /// When the phase begins, in µs since the world did.
    private var phaseBegin: Int64 { phase * HistoryShape.phaseHours * Microseconds.perHour }

    let player = Identifier(unchecked: Array("p".utf8))

    func id(_ session: Int) -> Identifier { Identifier(unchecked: Array("s\(session)".utf8)) }

    /// Each session has two countries of its own, so that a count shows which session is counted; some have digits.
    func countries(_ session: Int) -> [CountryCode] {
        // A factor without a divisor in common with the number of codes gives each number a code of its own.
        [2 * session, 2 * session + 1].map { CountryCode(ordinal: $0 * 149 % CountryCode.count) }
    }

    /// What may be the instants of this phase's events.
    var instants: [Timestamp] {
        shape.ages.map { Timestamp(microseconds: SimulatedCluster.epoch + phaseBegin - $0) }
    }

    private func batch() -> EventBatch {
        if !earlier.isEmpty, simulation.random.once(in: shape.repeatsOnceIn) {
            return simulation.random.element(of: earlier)
        }
        let count = Int.random(in: 1...shape.eventsPerBatch, using: &simulation.random)
        return EventBatch((0..<count).map { _ in event() })
    }

    private func event() -> SessionEvent {
        let session = Int.random(in: 0..<shape.sessions, using: &simulation.random)
        let isEnd = simulation.random.once(in: shape.endOnceIn)
        let country = simulation.random.element(of: countries(session))
        return SessionEvent(
            isEnd ? .end : .start(country),
            playerID: player,
            sessionID: id(session),
            timestamp: simulation.random.element(of: instants)
        )
    }

    // What processes do

    private func newProcess() -> SimulatedProcess {
        let process = SimulatedProcess(cluster, rules: rules, retention: shape.retention)
        simulation.spawn { await self.tend(process) }
        return process
    }

    /// Renews registrations and flushes for as long as the process lives.
    private func tend(_ process: SimulatedProcess) async {
        while !isOver, !process.isDead {
            await pause(2_000)
            if isOver || process.isDead { return }
            if isAsleep {
                await simulation.sleep(60 * SimulatedCluster.second)
            } else {
                try? await process.core.writer.registrar.renew()
                try? await process.core.flush()
            }
        }
    }

    func process() -> SimulatedProcess {
        let index = Int.random(in: 0..<processes.count, using: &simulation.random)
        if processes[index].isDead {
            ended.append(processes[index])
            processes[index] = newProcess()
        }
        return processes[index]
    }

    func pause(_ milliseconds: Int64) async {
        let limit = milliseconds * SimulatedCluster.millisecond
        await simulation.sleep(Int64.random(in: 0...limit, using: &simulation.random))
    }

    private func tell(_ index: Int) async {
        if index < shape.victims {
            let victim = newProcess()
            victim.lost = 2
            victim.requestsLeft = Int.random(in: 1...5, using: &simulation.random)
            _ = await attempt(index, victim)
            victim.die()
            return ended.append(victim)
        }
        await pause(shape.milliseconds)
        while await !attempt(index) {
            if simulation.random.once(in: shape.givesUpOnceIn) { return }
            await pause(5_000)
        }
    }

    /// Tells a batch; says whether it was acknowledged.
    func attempt(_ index: Int, _ process: SimulatedProcess? = nil) async -> Bool {
        tellings[index].begun.append(simulation.now)
        tellings[index].underWay += 1
        defer { tellings[index].underWay -= 1 }
        do {
            try await (process ?? self.process()).core.store(tellings[index].batch)
        } catch {
            return false
        }
        tellings[index].acknowledged = tellings[index].acknowledged ?? simulation.now
        return true
    }

    private func rebuild() async {
        await pause(shape.milliseconds)
        _ = try? await process().core.rebuild()
    }

    private func compact() async {
        await pause(shape.milliseconds)
        cluster.compact(cluster.places.filter { _ in Bool.random(using: &simulation.random) })
    }

    private func visit() async {
        while !isPhaseOver {
            await pause(90_000)
            _ = try? await process().core.flusher.pass()
        }
    }

    /// Notes that something is wrong.
    func find(_ finding: String) {
        findings.append("seed \(seed), phase \(phase), \(finding)")
        cluster.trace?.append(finding)
    }
}
