import Fuzzing
import PlayerSessions
import SessionStoreTesting

@testable import CassandraStore

/// What happens in a simulated world: who tells what, how often, and what goes wrong.
struct HistoryShape {
    /// How many sessions there are, all of one player.
    var sessions = 2
    /// How many batches are told.
    var batches = 6
    /// The most events of a batch.
    var eventsPerBatch = 2
    /// Of how many events one is an end.
    var endOnceIn = 4
    /// When sessions may start, in µs before the world begins.
    var ages: [Int64] = [
        0, 1, 20 * Microseconds.perMinute, 20 * Microseconds.perMinute + 1, 35 * Microseconds.perDay,
    ]
    /// Within how many ms the batches are told.
    var milliseconds: Int64 = 60_000
    /// How often, when all is quiet, sums are made and everything is asked.
    var rounds = 3
    /// How many processes tell, roll and count.
    var processes = 3
    /// How many processes roll up.
    var rollers = 2
    /// How many counts are asked for meanwhile.
    var counts = 10
    /// One batch in so many is given up where it fails.
    var givesUpOnceIn = 3
    /// How many of the batches are told by a process that dies over it, first of all, and whose messages are mostly lost.
    var victims = 0
    /// The ages that the batches tell, a start of the one session each; empty leaves all to chance.
    var script: [Int64] = []
    /// What goes wrong.
    var faults = Faults()
}

/// A run of a shape with a seed; what it finds wrong is in `findings`.
final class History: @unchecked Sendable {
    private struct Telling {
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
    private var tellings: [Telling] = []
    private var tasks = 0
    private var isOver = false
    private(set) var findings: [String] = []
    /// Counts that were checked to the last start while faults went on.
    private(set) var exactChecks = 0

    init(_ shape: HistoryShape, seed: UInt64, rules: ProtocolRules = ProtocolRules(), traces: Bool = false) {
        self.seed = seed
        self.shape = shape
        self.rules = rules
        simulation = Simulation(seed: seed)
        cluster = SimulatedCluster(simulation, faults: shape.faults)
        if traces { cluster.trace = [] }
        processes = (0..<shape.processes).map { _ in SimulatedProcess(cluster, rules: rules) }
        tellings = (0..<shape.batches).map { Telling(batch: batch($0)) }
    }

    /// Lives through the history and gives the first finding, or `nil`.
    func run() -> String? {
        for index in tellings.indices { begin { await self.tell(index) } }
        for _ in 0..<shape.rollers { begin { await self.roll() } }
        for _ in 0..<shape.counts { begin { await self.checkCount() } }
        finish()
        isOver = true
        cluster.faults = .none
        finish()
        begin { await self.checkQuiet() }
        finish()
        for process in processes { process.end() }
        return findings.first
    }

    private func finish() {
        // Rollers end with the history; everything else ends by itself.
        let rollers = isOver ? 0 : shape.rollers
        _ = simulation.run { self.tasks == rollers }
        if isOver, tasks > 0 { find("\(tasks) tasks wait for ever") }
        if isOver { _ = simulation.run { false } }
    }

    private func begin(_ body: @escaping @Sendable () async -> Void) {
        tasks += 1
        simulation.spawn {
            await body()
            self.tasks -= 1
        }
    }

    // What is told

    private static let player = try? Identifier("p")

    private func key(_ session: Int) -> (Identifier, Identifier) {
        guard let player = History.player, let id = try? Identifier("s\(session)") else {
            preconditionFailure("ids that are none")
        }
        return (player, id)
    }

    /// Each session has two countries of its own, so that a count shows which session is counted.
    private func countries(_ session: Int) -> [CountryCode] {
        [CountryCode(ordinal: 2 * session), CountryCode(ordinal: 2 * session + 1)]
    }

    private func batch(_ index: Int) -> EventBatch {
        if !shape.script.isEmpty { return EventBatch([event(age: shape.script[index], isEnd: false)]) }
        let count = Int.random(in: 1...shape.eventsPerBatch, using: &simulation.random)
        return EventBatch((0..<count).map { _ in event() })
    }

    private func event() -> SessionEvent {
        let age = simulation.random.element(of: shape.ages)
        let isEnd = shape.endOnceIn != .max && simulation.random.once(in: shape.endOnceIn)
        return event(age: age, isEnd: isEnd)
    }

    private func event(age: Int64, isEnd: Bool) -> SessionEvent {
        let session = Int.random(in: 0..<shape.sessions, using: &simulation.random)
        let country = simulation.random.element(of: countries(session))
        return SessionEvent(
            isEnd ? .end : .start(country),
            playerID: key(session).0,
            sessionID: key(session).1,
            timestamp: Timestamp(microseconds: SimulatedCluster.epoch - age)
        )
    }

    // What processes do

    private func process() -> SimulatedProcess {
        let index = Int.random(in: 0..<processes.count, using: &simulation.random)
        if processes[index].isDead {
            processes[index].end()
            processes[index] = SimulatedProcess(cluster, rules: rules)
        }
        return processes[index]
    }

    private func pause(_ milliseconds: Int64) async {
        let limit = milliseconds * SimulatedCluster.millisecond
        await simulation.sleep(Int64.random(in: 0...limit, using: &simulation.random))
    }

    private func tell(_ index: Int) async {
        if index < shape.victims {
            let victim = SimulatedProcess(cluster, rules: rules)
            victim.lost = 2
            victim.requestsLeft = Int.random(in: 1...5, using: &simulation.random)
            _ = await attempt(index, victim)
            return victim.end()
        }
        await pause(shape.milliseconds)
        while await !attempt(index) {
            if simulation.random.once(in: shape.givesUpOnceIn) { return }
            await pause(5_000)
        }
    }

    private func attempt(_ index: Int, _ process: SimulatedProcess? = nil) async -> Bool {
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

    private func roll() async {
        while !isOver {
            await pause(90_000)
            _ = try? await process().core.roller.pass()
        }
    }

    // What must hold

    private let always = TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)

    private func checkCount() async {
        await pause(2 * shape.milliseconds)
        let begin = simulation.now
        let isSure = (0..<shape.sessions).map { session in
            tellings.allSatisfy {
                !tells($0, session) || $0.begun.isEmpty || ($0.acknowledged != nil && $0.underWay == 0)
            }
        }
        let before = tellings
        guard let counts = try? await process().core.starts(in: always) else { return }
        for session in 0..<shape.sessions where isSure[session] {
            let concerned = tellings.indices.filter { tells(tellings[$0], session) }
            let isUnchanged = concerned.allSatisfy { tellings[$0].begun == before[$0].begun }
            guard isUnchanged else { continue }
            exactChecks += 1
            let told = concerned.filter { before[$0].acknowledged != nil }.map { tellings[$0].batch }
            compare(counts, told, session, "a count at \(begin / SimulatedCluster.millisecond) ms")
        }
    }

    private func tells(_ telling: Telling, _ session: Int) -> Bool {
        telling.batch.entries.contains { telling.batch.sessionID(of: $0) == key(session).1 }
    }

    private func startsSession(_ batch: EventBatch, _ session: Int) -> Bool {
        batch.entries.contains { batch.sessionID(of: $0) == key(session).1 && $0.isStart }
    }

    private func model(_ batches: [EventBatch]) -> Model {
        var model = Model()
        for batch in batches { model.apply(batch, now: .latest) }
        return model
    }

    private func compare(_ counts: StartCounts, _ told: [EventBatch], _ session: Int, _ question: String) {
        let right = model(told).counts(in: always, now: .latest)
        for country in countries(session) where counts[country] != right[country] {
            find(
                "\(question): \(country) of session \(session) is \(counts[country] ?? 0), not \(right[country] ?? 0)"
            )
        }
    }

    private func find(_ finding: String) {
        findings.append("seed \(seed), \(finding)")
        cluster.trace?.append(finding)
    }

    /// Nothing goes wrong any more. What was given up may be half done, but no session that was acknowledged later
    /// counts twice; and once everything is told again and acknowledged, all answers are the model's.
    private func checkQuiet() async {
        await simulation.sleep(1_000 * SimulatedCluster.second)
        cluster.isCalm = true
        await checkNoneTwice()
        for index in tellings.indices where tellings[index].acknowledged == nil {
            if await !attempt(index) { find("a batch cannot be told without faults") }
        }
        await checkAll("before the sums", isThorough: false)
        let roller = process().core.roller
        for round in 0..<shape.rounds {
            await simulation.sleep(2_000 * SimulatedCluster.second)
            if (try? await roller.pass()) == nil { find("a roller fails without faults") }
            await checkAll("with sums", isThorough: round == shape.rounds - 1)
        }
        if shape.rounds > 0 { await checkMarkersGone() }
    }

    private func checkNoneTwice() async {
        guard let counts = try? await process().core.starts(in: always) else { return find("no count") }
        for session in 0..<shape.sessions {
            let concerned = tellings.filter { tells($0, session) }
            let lastUnanswered =
                concerned.filter { $0.acknowledged == nil }.compactMap(\.begun.last).max() ?? .min
            let isHealed = concerned.contains { telling in
                telling.acknowledged != nil && (telling.begun.last ?? .min) > lastUnanswered
            }
            let count = countries(session).reduce(0) { $0 + (counts[$1] ?? 0) }
            if isHealed, count > 1 {
                find("session \(session) counts \(count) times after a later acknowledgement")
            }
            // Whatever was given up later, an acknowledged start never falls out.
            let isStarted = concerned.contains { telling in
                telling.acknowledged != nil && startsSession(telling.batch, session)
            }
            if isStarted, count == 0 { find("session \(session) was acknowledged and does not count") }
        }
    }

    private func checkAll(_ when: String, isThorough: Bool) async {
        let model = model(tellings.map(\.batch))
        let instants = Set(shape.ages.map { SimulatedCluster.epoch - $0 }).sorted()
        var windows = instants.map { TrailingWindow(from: Timestamp(microseconds: $0 - 1), until: .latest) }
        windows += instants.map {
            TrailingWindow(from: Timestamp(microseconds: -1), until: Timestamp(microseconds: $0))
        }
        if !isThorough { windows = [simulation.random.element(of: windows)] }
        for window in windows + [always] {
            let counts = try? await process().core.starts(in: window)
            let right = model.counts(in: window, now: .latest)
            if counts != right { find("\(when), \(window): \(String(describing: counts)), not \(right)") }
        }
        let top = try? await process().core.top.run(key(0).0, limit: 3)
        let right = model.topSessions(of: key(0).0, limit: 3, now: .latest)
        if top != right { find("\(when), top: \(String(describing: top)), not \(right)") }
    }

    private func checkMarkersGone() async {
        let core = process().core
        for bucket in (try? await core.access.rows(.readBuckets)) ?? [] {
            let reader = BucketReader(access: core.access, bucket: bucket[0].number ?? 0)
            if let markers = try? await reader.markers().list, !markers.isEmpty {
                find("\(markers.count) markers are never removed")
            }
        }
    }
}
