import Fuzzing
import PlayerSessions
import SessionStoreTesting

@testable import CassandraStore

/// What must hold in a history.
extension History {
    private var always: TrailingWindow { TrailingWindow(from: Timestamp(microseconds: -1), until: .latest) }

    /// The wall clock's instant.
    private var now: Timestamp {
        Timestamp(microseconds: SimulatedCluster.epoch + simulation.now / 1_000)
    }

    /// The model of what earlier phases told, and these batches.
    func model(_ batches: [EventBatch]) -> Model {
        var model = base
        for batch in batches { model.apply(batch, now: now) }
        return model
    }

    /// At some time, faults or not: a session all of whose batches are acknowledged, and none of whose is under way,
    /// counts exactly.
    func checkCount() async {
        await pause(shape.countMilliseconds)
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
        telling.batch.entries.contains { telling.batch.sessionID(of: $0) == id(session) }
    }

    private func compare(_ counts: StartCounts, _ told: [EventBatch], _ session: Int, _ question: String) {
        let right = model(told).counts(in: always, now: now)
        for country in countries(session) where counts[country] != right[country] {
            let (found, wanted) = (counts[country] ?? 0, right[country] ?? 0)
            find("\(question): \(country) of session \(session) is \(found), not \(wanted)")
        }
    }

    /// When nothing goes wrong any more, all answers are right.
    ///
    /// What was given up may be half done, but no session that was acknowledged later counts twice; and once everything
    /// is told again and acknowledged, all answers are the model's.
    func checkQuiet() async {
        await simulation.sleep(1_000 * SimulatedCluster.second)
        cluster.isCalm = true
        await checkNoneTwice()
        for index in tellings.indices where tellings[index].acknowledged == nil {
            if await !attempt(index) { find("a batch cannot be told without faults") }
        }
        await checkAll("before the sums", isThorough: false)
        let flusher = process().core.flusher
        for round in 0..<shape.rounds {
            await simulation.sleep(2_000 * SimulatedCluster.second)
            if (try? await flusher.pass()) == nil { find("a flusher fails without faults") }
            await checkAll("with sums", isThorough: round == shape.rounds - 1)
        }
        if shape.rounds > 1 { await checkFlushed() }
    }

    private func checkNoneTwice() async {
        guard let counts = try? await process().core.starts(in: always) else { return find("no count") }
        func count(_ counts: StartCounts, _ session: Int) -> Int {
            countries(session).reduce(0) { $0 + (counts[$1] ?? 0) }
        }
        let acknowledged = tellings.filter { $0.acknowledged != nil }.map(\.batch)
        let sure = model(acknowledged).counts(in: always, now: now)
        let possible = model(tellings.map(\.batch)).counts(in: always, now: now)
        for session in 0..<shape.sessions {
            let concerned = tellings.filter { tells($0, session) }
            let lastUnanswered =
                concerned.filter { $0.acknowledged == nil }.compactMap(\.begun.last).max() ?? .min
            let isHealed = concerned.contains { telling in
                telling.acknowledged != nil && (telling.begun.last ?? .min) > lastUnanswered
            }
            if isHealed, count(counts, session) > 1 {
                find(
                    "session \(session) counts \(count(counts, session)) times after a later acknowledgement"
                )
            }
            // Whatever was given up, an acknowledged start never falls out; one that was given up may have absorbed it
            // only if it is expired itself.
            if count(sure, session) > 0, count(possible, session) > 0, count(counts, session) == 0 {
                find("session \(session) was acknowledged and does not count")
            }
        }
    }

    private func checkAll(_ when: String, isThorough: Bool) async {
        let model = model(tellings.map(\.batch))
        let instants = pastInstants.sorted()
        var windows = instants.map {
            TrailingWindow(from: Timestamp(microseconds: $0.microseconds - 1), until: .latest)
        }
        windows += instants.map { TrailingWindow(from: Timestamp(microseconds: -1), until: $0) }
        if !isThorough { windows = [simulation.random.element(of: windows)] }
        for window in windows + [always] {
            let counts = try? await process().core.starts(in: window)
            let right = model.counts(in: window, now: now)
            if counts != right { find("\(when), \(window): \(String(describing: counts)), not \(right)") }
        }
        let top = try? await process().core.top.run(player, limit: 3)
        let right = model.latestSessions(of: player, limit: 3, now: now)
        if top != right { find("\(when), top: \(String(describing: top)), not \(right)") }
    }

    private func checkFlushed() async {
        let core = process().core
        for bucket in (try? await core.access.rows(.readBuckets)) ?? [] {
            let reader = MonthReader(access: core.access, bucket: bucket[0].number ?? 0)
            guard let state = try? await reader.state() else { continue }
            if !state.unflushed().isEmpty { find("\(state.unflushed()) are never flushed") }
        }
    }
}
