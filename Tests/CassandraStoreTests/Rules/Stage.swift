import PlayerSessions

@testable import CassandraStore

/// A world in which nothing happens by chance but the order of what takes place at once: for histories that are written
/// down.
///
/// `@unchecked Sendable`: all of it happens on the simulation's thread.
final class Stage: @unchecked Sendable {
    /// Starts of a session, the earliest first, each in ten minutes of its own that are over; the first in a day that is.
    enum Act: Int64 {
        /// Of a clock that is far ahead: its ten minutes are over in twelve days.
        case future = -17_280
        case yesterday = 1_500
        case early = 60
        case middle = 40
        case late = 20

        /// Its instant.
        var instant: Timestamp {
            Timestamp(microseconds: SimulatedCluster.epoch - rawValue * Microseconds.perMinute)
        }

        /// The country of starts at that instant.
        var country: CountryCode {
            switch self {
            case .early: CountryCode(ordinal: 0)
            case .middle: CountryCode(ordinal: 1)
            case .late: CountryCode(ordinal: 2)
            case .yesterday: CountryCode(ordinal: 3)
            case .future: CountryCode(ordinal: 4)
            }
        }
    }

    /// A batch that is being told.
    final class Telling {
        fileprivate(set) var isAcknowledged = false
    }

    let simulation = Simulation(seed: 1)
    private let cluster: SimulatedCluster
    private let rules: ProtocolRules
    private let retention: Retention
    private var processes: [SimulatedProcess] = []
    /// What was found wrong.
    private(set) var findings: [String] = []

    private init(_ rules: ProtocolRules, _ retention: Retention) {
        self.rules = rules
        self.retention = retention
        cluster = SimulatedCluster(simulation, faults: .none)
    }

    /// Plays a history to its end, and gives what was found wrong.
    static func play(
        _ rules: ProtocolRules = ProtocolRules(),
        retention: Retention = .forever,
        _ history: @escaping @Sendable (Stage) async -> Void
    ) -> [String] {
        let stage = Stage(rules, retention)
        let finished = Telling()
        stage.begin(finished) {
            await history(stage)
            return true
        }
        _ = stage.simulation.run { finished.isAcknowledged }
        // What is under way comes to an end by itself once nobody answers any more.
        for process in stage.processes { process.die() }
        _ = stage.simulation.run { false }
        for process in stage.processes { process.end() }
        return stage.findings
    }

    private func begin(_ telling: Telling, _ body: @escaping @Sendable () async -> Bool) {
        // Unsafe, and right: the task runs on the simulation's thread, as whoever reads the telling does.
        nonisolated(unsafe) let telling = telling
        simulation.spawn {
            let isDone = await body()
            unsafe telling.isAcknowledged = isDone
        }
    }

    // What happens

    /// A process, what becomes of its requests, by how many µs its clock shows too much, and its retention where that is not
    /// the stage's.
    func process(
        skew: Int64? = nil,
        retention: Retention? = nil,
        _ script: Script? = nil
    ) -> SimulatedProcess {
        let retention = retention ?? self.retention
        let process = SimulatedProcess(
            cluster,
            rules: rules,
            retention: retention,
            skew: skew
        )
        process.script = script
        processes.append(process)
        return process
    }

    /// Waits until so many days of the world have passed.
    func at(days: Int64) async { await at(days * 86_400) }

    /// Waits until so many seconds of the world have passed.
    func at(_ seconds: Int64) async {
        await simulation.sleep(seconds * SimulatedCluster.second - simulation.now)
    }

    /// Begins to tell a start.
    @discardableResult
    func begin(_ process: SimulatedProcess, tells act: Act, session: String = "s") -> Telling {
        let telling = Telling()
        let batch = EventBatch([event(.start(act.country), act.instant, session)])
        begin(telling) { await self.store(batch, process) }
        return telling
    }

    /// Tells a start, and asks that it is acknowledged.
    func tell(_ act: Act, session: String = "s", by process: SimulatedProcess? = nil) async {
        let batch = EventBatch([event(.start(act.country), act.instant, session)])
        if await !store(batch, process ?? self.process()) { findings.append("\(act) is not acknowledged") }
    }

    /// Tells an end of so many minutes behind the latest start, and asks that it is acknowledged.
    func tellEnd(minutes: Int64, by process: SimulatedProcess? = nil) async {
        if await !store(end(minutes), process ?? self.process()) { findings.append("no end") }
    }

    /// Begins to tell an end.
    func begin(_ process: SimulatedProcess, tellsEnd minutes: Int64) {
        begin(Telling()) { await self.store(self.end(minutes), process) }
    }

    /// Begins to visit all months.
    func beginVisit(_ process: SimulatedProcess) {
        begin(Telling()) { (try? await process.core.flusher.pass()) != nil }
    }

    /// Renews the registrations of a process.
    func renew(_ process: SimulatedProcess) async {
        if (try? await process.core.writer.registrar.renew()) == nil { findings.append("a renewal fails") }
    }

    /// Flushes the months that a process is registered in, as it does all the time.
    func flush(_ process: SimulatedProcess) async {
        if (try? await process.core.flush()) == nil { findings.append("a process does not flush") }
    }

    /// Visits all months and flushes what can be flushed.
    func visit(_ process: SimulatedProcess) async {
        if (try? await process.core.flusher.pass()) == nil { findings.append("a flusher fails") }
    }

    /// Lets a process notice that tables were set back.
    func forget(_ process: SimulatedProcess) async {
        if (try? await process.core.forget()) == nil { findings.append("it is not registered again") }
    }

    /// How many seconds of the world have passed.
    var second: Int64 { simulation.now / SimulatedCluster.second }

    /// Takes a snapshot of all tables.
    func snapshot() -> SimulatedCluster.Snapshot { cluster.snapshot() }

    /// Sets tables back to a snapshot, or truncates them.
    func restore(_ snapshot: SimulatedCluster.Snapshot?, _ tables: [String] = Grace.tables) {
        cluster.restore(snapshot, tables)
    }

    /// Makes all sums anew.
    func rebuild(_ process: SimulatedProcess) async {
        if (try? await process.core.rebuild()) == nil { findings.append("a rebuild fails") }
    }

    /// Begins to make all sums anew.
    func beginRebuild(_ process: SimulatedProcess) {
        begin(Telling()) { (try? await process.core.rebuild()) != nil }
    }

    /// Purges all tombstones that are older than their grace.
    func compact() { cluster.compact() }

    // What must hold

    /// Asks that a batch was acknowledged.
    func expectAcknowledged(_ telling: Telling) {
        if !telling.isAcknowledged { findings.append("a batch is not acknowledged") }
    }

    /// Asks that a count, which begins now, gives so many starts of this instant and no others.
    func expect(_ act: Act, times: Int = 1, by process: SimulatedProcess? = nil) async {
        let always = TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)
        await expect(act, times: times, in: always, by: process)
    }

    /// Begins to ask that a count gives a start of this instant and no others.
    func beginToExpect(_ act: Act, by process: SimulatedProcess) {
        begin(Telling()) {
            await self.expect(act, by: process)
            return true
        }
    }

    /// The same, of a window that is shorter than ten minutes, so that no sums are read.
    func expectCut(of act: Act, times: Int = 1) async {
        let from = Timestamp(microseconds: act.instant.microseconds - 1)
        await expect(act, times: times, in: TrailingWindow(from: from, until: act.instant), by: nil)
    }

    /// The same, of a window that is shorter than a month, so that smaller sums are read.
    func expectHour(
        of act: Act,
        times: Int = 1,
        until end: Act? = nil,
        by process: SimulatedProcess? = nil
    ) async {
        let from = Timestamp(microseconds: act.instant.microseconds - Microseconds.perHour)
        let window = TrailingWindow(from: from, until: end?.instant ?? .latest)
        await expect(act, times: times, in: window, by: process)
    }

    /// Asks that nothing counts.
    func expectNone() async {
        await expectNone(in: TrailingWindow(from: Timestamp(microseconds: -1), until: .latest))
    }

    /// Asks that nothing counts at the instant of an act: the window is shorter than any sum.
    func expectNone(at act: Act) async {
        let from = Timestamp(microseconds: act.instant.microseconds - 1)
        await expectNone(in: TrailingWindow(from: from, until: act.instant))
    }

    private func expectNone(in window: TrailingWindow) async {
        let counts = try? await process().core.starts(in: window)
        if counts != [:] { findings.append("\(String(describing: counts)) is counted") }
    }

    private func expect(
        _ act: Act,
        times: Int,
        in window: TrailingWindow,
        by process: SimulatedProcess?
    ) async {
        let counts = try? await (process ?? self.process()).core.starts(in: window)
        if counts != [act.country: times] {
            findings.append("\(String(describing: counts)) is counted, not \(times) of \(act)")
        }
    }

    /// Asks that the session has so many claims.
    func expectClaims(_ count: Int, session: String = "s") async {
        let key = SessionKey(player, Identifier(unchecked: Array(session.utf8)))
        let facts = try? await process().core.writer.readFacts(key)
        if facts?.claims.count != count {
            findings.append("there are \(String(describing: facts?.claims.count)) claims, not \(count)")
        }
    }

    /// Asks that the player has one complete session with this end.
    func expectTop(minutes: Int64, by process: SimulatedProcess) async {
        let top = try? await process.core.top.run(player, limit: 3)
        if top?.map(\.end) != [endInstant(minutes)] {
            findings.append("the top is \(String(describing: top))")
        }
    }

    /// Asks that the player has one complete session with this start.
    func expectTop(of act: Act, by process: SimulatedProcess) async {
        let top = try? await process.core.top.run(player, limit: 3)
        if top?.map(\.start) != [act.instant] { findings.append("the top is \(String(describing: top))") }
    }

    private let player = Identifier(unchecked: Array("p".utf8))

    private func endInstant(_ minutes: Int64) -> Timestamp {
        Timestamp(microseconds: Act.late.instant.microseconds + minutes * Microseconds.perMinute)
    }

    private func end(_ minutes: Int64) -> EventBatch {
        EventBatch([event(.end, endInstant(minutes), "s")])
    }

    private func event(_ kind: SessionEvent.Kind, _ instant: Timestamp, _ session: String) -> SessionEvent {
        SessionEvent(
            kind,
            playerID: player,
            sessionID: Identifier(unchecked: Array(session.utf8)),
            timestamp: instant
        )
    }

    private func store(_ batch: EventBatch, _ process: SimulatedProcess) async -> Bool {
        do {
            try await process.core.store(batch)
            return true
        } catch {
            return false
        }
    }
}
