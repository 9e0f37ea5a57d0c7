import Fuzzing
import Glibc
import PlayerSessions

// Strategy: random histories over few ids and instants that collide, appended in random batches, orders and repetitions
// by several tasks, with settling, reopening, advances of the clock and changes of the retention at random points.
// Invariant: whenever nothing is pending, the store returns what the model returns.
//
// HISTORY_SECONDS runs as many histories as fill that time; HISTORY_SEED=N begins with seed N.

extension StoreContract {
    static let randomCases: [ContractCase] = {
        let seconds = environment("HISTORY_SECONDS").map(Int.init)
        let count = max(9, (seconds ?? 0) / secondsPerHistory)
        // By default the seeds are always the same, so that a run judges the change and not luck.
        let firstSeed =
            environment("HISTORY_SEED")
            ?? (seconds == nil ? 1 : UInt64.random(in: 1...999_999_999))
        return (0..<UInt64(count)).map { index in
            let seed = firstSeed + index
            return ContractCase("a random history agrees with the model, HISTORY_SEED=\(seed)") { trial in
                let history = RandomHistory(seed: seed, now: trial.clock.now)
                try await history.run(
                    on: trial,
                    minimumSteps: 40,
                    duration: .seconds(seconds == nil ? 0 : secondsPerHistory)
                )
            }
        }
    }()

    private static let secondsPerHistory = 3

    private static func environment(_ name: String) -> UInt64? {
        guard let value = unsafe getenv(name) else { return nil }
        return UInt64(unsafe String(cString: value))
    }
}

/// One random history, applied to a trial.
private final class RandomHistory {
    private let seed: UInt64
    private var history: EventHistory
    private var told: [EventBatch] = []
    private var step = 0
    /// The possible retentions: one that never changes, or several so long that nothing is ever forgotten.
    private let retentions: [Retention]
    /// The most by which a step moves the clock.
    private let maximumAdvance: Int64
    /// The most by which all steps together move the clock.
    private let maximumPassed: Int64
    private let firstNow: Timestamp

    init(seed: UInt64, now: Timestamp) {
        self.seed = seed
        firstNow = now
        var random = SeededRandom(seed: seed)
        let span = random.element(of: [10, second, minute, hour, day, 31 * day, 400 * day])
        var earliest = now - span
        var latest = now + min(span, day)
        switch seed % 3 {
        case 0:
            // Everything is kept; some histories span all that a ts can be.
            retentions = [.forever]
            (maximumAdvance, maximumPassed) = (span, .max)
            if random.once(in: 3) { (earliest, latest) = (.earliest, .latest) }
            if random.once(in: 4) { (earliest, latest) = (.earliest, .earliest + span) }
        case 1:
            // One retention, shorter than the history: much expires and is forgotten.
            retentions = [Retention(microseconds: max(4, span / 2))]
            (maximumAdvance, maximumPassed) = (max(1, span / 8), .max)
        default:
            // The retention changes; the clock advances so little that nothing is forgotten.
            retentions = [
                Retention(microseconds: span), Retention(microseconds: span + span / 2), .forever,
            ]
            (maximumAdvance, maximumPassed) = (max(1, span / 40), span / 2)
        }
        let players = ["p", "pp", "0a2d12a1a7e145de8bae44c0c6e06629"].map(id)
        let sessions =
            random.once(in: 2)
            ? (0..<random.element(of: [2, 8, 40])).map { id("s\($0)") }
            : Array(StoreContract.awkwardIDs.shuffled(using: &random).prefix(20))
        history = EventHistory(
            seed: random.next(),
            shape: .init(playerIDs: players, sessionIDs: sessions, earliest: earliest, latest: latest)
        )
    }

    func run(on trial: Trial, minimumSteps: Int, duration: Duration) async throws {
        try await trial.reopen(retention: retentions[0])
        let clock = ContinuousClock()
        let deadline = clock.now + duration
        while step < minimumSteps || clock.now < deadline {
            step += 1
            try await takeStep(on: trial)
            try await compare(on: trial)
        }
        try await trial.expectExport(resuming: seed % 2 == 0, "HISTORY_SEED=\(seed)")
    }

    private func takeStep(on trial: Trial) async throws {
        switch Int.random(in: 0..<12, using: &history.random) {
        case 0..<6:
            try await tellNews(to: trial)
        case 6:
            try await tellAgain(to: trial)
        case 7:
            try await trial.settle()
        case 8:
            try await trial.reopen(retention: history.random.element(of: retentions))
        default:
            let step = Int64.random(in: 0...maximumAdvance, using: &history.random)
            if passed(trial) + step <= maximumPassed { trial.clock.advance(microseconds: step) }
        }
    }

    private func tellNews(to trial: Trial) async throws {
        let count = history.random.element(of: [1, 3, 10, 60, 200])
        let events = history.events(count).map { event in
            var event = event
            event.timestamp = min(event.timestamp + shift(trial), .latest)
            return event
        }
        try await tell(history.batches(of: events, maximumCount: 10), to: trial)
    }

    private func tellAgain(to trial: Trial) async throws {
        try await tell(Array(told.shuffled(using: &history.random).prefix(20)), to: trial)
    }

    private func tell(_ batches: [EventBatch], to trial: Trial) async throws {
        let live = batches.map { EventBatch(trial.live($0.events)) }
        told.append(contentsOf: batches)
        try await trial.appendConcurrently(live, tasks: Int.random(in: 1...4, using: &history.random))
    }

    private func passed(_ trial: Trial) -> Int64 {
        trial.clock.now.microseconds - firstNow.microseconds
    }

    /// Returns by how much later events and windows are shifted: if sessions expire, they move with the clock.
    private func shift(_ trial: Trial) -> Int64 {
        trial.model.retention == .forever ? 0 : passed(trial)
    }

    private func compare(on trial: Trial) async throws {
        let context = "HISTORY_SEED=\(seed), step \(step), retention \(trial.model.retention):"
        try await trial.expectCounts(always, nil, context)
        for _ in 0..<6 {
            var window = history.window()
            window.from.microseconds += shift(trial)
            window.until.microseconds += shift(trial)
            try await trial.expectCounts(window, nil, context)
        }
        let limit = history.random.element(of: [1, 2, 20, 100])
        try await trial.expectAllTops(limit: limit, context)
    }
}
