import Fuzzing
import PlayerSessions
import Testing

@testable import CassandraStore

// Strategy: each rule of the protocol is taken away by itself, in worlds in which what it prevents is likely; the seeds
// are tried one after the other.
// Invariant: without the rule, some world counts wrong; with all rules the same world counts right.

/// A rule, how to take it away, and the world in which it is missed.
struct RuleCase: Sendable, CustomStringConvertible {
    let description: String
    let shape: HistoryShape
    /// How many worlds may be tried.
    let seeds: UInt64
    let takeAway: @Sendable (inout ProtocolRules) -> Void

    init(
        _ description: String,
        _ shape: HistoryShape,
        _ takeAway: @escaping @Sendable (inout ProtocolRules) -> Void
    ) {
        self.description = description
        self.shape = shape
        self.takeAway = takeAway
        seeds = shape.rounds == 0 ? 4_000 : 200
    }

    /// Three starts of one session that meet within the time that a message takes: one of a writer that dies over it,
    /// one behind and one before it.
    static let race: HistoryShape = {
        var shape = HistoryShape()
        shape.sessions = 1
        shape.batches = 3
        shape.script = [1, 0, 2]
        shape.milliseconds = 30
        shape.rollers = 0
        shape.counts = 0
        shape.rounds = 0
        shape.givesUpOnceIn = 1
        shape.ages = [0, 1, 2]
        shape.faults = .none
        shape.faults.lost = 8
        shape.victims = 1
        return shape
    }()

    /// The same with rollers, over minutes.
    static let rolling: HistoryShape = {
        var shape = HistoryShape()
        shape.sessions = 2
        shape.batches = 8
        shape.eventsPerBatch = 1
        shape.endOnceIn = .max
        shape.milliseconds = 900_000
        shape.rollers = 3
        shape.counts = 20
        shape.ages = [
            20 * Microseconds.perMinute, 20 * Microseconds.perMinute + 1, 50 * Microseconds.perMinute,
        ]
        return shape
    }()

    static let all = [
        RuleCase("fact and row in parallel", race) { $0.insertsRowAfterFact = false },
        RuleCase("read before write", race) { $0.readsAfterWrite = false },
        RuleCase("the minimum not added again", race) { $0.addsMinimumAgain = false },
        RuleCase("the minimum added inside the batch", race) { $0.addsMinimumBeforeBatch = false },
        RuleCase("the minimum added again without the second read", race) { $0.readsAfterAdding = false },
        RuleCase("only own rows inserted", race) { $0.insertsRowsOfOthers = false },
        RuleCase("one's own losing row not deleted", race) { $0.deletesOwnLosingRow = false },
        RuleCase("the batch unlogged", rolling) { $0.logsMoves = false },
        RuleCase("moves without a change marker", rolling) { $0.marksMoves = false },
        RuleCase("losers settled inside the batch", race) { $0.settlesAfterMove = false },
        RuleCase("an acknowledgement without a lease that stands", rolling) { $0.checksLease = false },
        RuleCase("a marker id used twice", rolling) { $0.usesFreshMarkers = false },
        RuleCase("a roller that does not watch leases", rolling) { $0.watchesLeases = false },
        RuleCase("a roller that does not write changes again", rolling) { $0.writesChangesAgain = false },
        RuleCase("a roller that ignores the version", rolling) { $0.holdsVersion = false },
        RuleCase("a roller that removes markers before sums", rolling) { $0.keepsMarkersUntilSums = false },
        RuleCase("sums read before markers", rolling) { $0.readsMarkersFirst = false },
    ]
}

@Suite struct RuleFuzzTests {
    @Test(arguments: RuleCase.all)
    func `without a rule some session counts wrong, and with it none`(_ rule: RuleCase) {
        var rules = ProtocolRules()
        rule.takeAway(&rules)
        for seed in 1...rule.seeds {
            guard let finding = History(rule.shape, seed: seed, rules: rules).run() else { continue }
            print("RULE", rule, seed, finding)
            #expect(History(rule.shape, seed: seed).run() == nil)
            return
        }
        Issue.record("no world misses the rule: \(rule)")
    }
}
