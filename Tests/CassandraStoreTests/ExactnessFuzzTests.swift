import Fuzzing
import PlayerSessions
import Testing

@testable import CassandraStore

// Strategy: worlds of three replicas and a few processes, each made of a seed. Processes tell batches that meet on the
// same sessions, flush, count, stand still and die; deliveries are lost, late and repeated, answers are lost. The
// store's own code runs in them.
// Invariants: what was acknowledged, and is not being told, is in every later count exactly once; in the end, when all
// is told, every count and every top is the model's, and all is flushed.

@Suite struct ExactnessFuzzTests {
    /// Kinds of worlds, each tried for some seeds.
    static let shapes: [(name: String, shape: HistoryShape, rounds: UInt64)] = [
        ("a minute of everything", HistoryShape(), 25),
        ("starts that meet", .race, 25),
        ("moves and flushes", .flushing, 15),
        ("starts that are imported", .importing, 25),
        ("sessions that expire", .expiring, 12),
        ("tombstones that are purged", .purging, 15),
        ("sums made anew beside flushes", .rebuilding, 10),
    ]

    @Test(arguments: shapes.indices)
    func `every acknowledged session counts once, whatever fails`(_ index: Int) {
        let (name, shape, rounds) = ExactnessFuzzTests.shapes[index]
        var checks = 0
        fuzz(rounds: rounds) { seed in
            let history = History(shape, seed: seed)
            if let finding = history.run() { Issue.record("\(name): \(finding)") }
            checks += history.exactChecks
        }
        // A victim's batch is not told again before all is quiet.
        #expect(checks > 10 || shape.victims > 0)
    }
}

/// Whether the questions that are asked in worlds of chance would find a fault at all.
@Suite struct ExactnessCheckTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var shape: HistoryShape
        /// A seed that finds it at once, as long as nothing changes what chance decides; others follow.
        var firstSeed: UInt64
        var takeAway: @Sendable (inout ProtocolRules) -> Void
    }

    static let faults = [
        Fault(testDescription: "two believe to be alone", shape: .race, firstSeed: 0) {
            $0.readsAfterClaim = false
        },
        Fault(testDescription: "registrations are not watched", shape: .flushing, firstSeed: 0) {
            $0.watchesRegistrations = false
        },
        Fault(testDescription: "a flush holds on any version", shape: .flushing, firstSeed: 0) {
            $0.holdsVersion = false
        },
        Fault(testDescription: "a flush is not entered by minutes", shape: HistoryShape(), firstSeed: 0) {
            $0.finishesFormerFlush = false
        },
        Fault(testDescription: "others are not waited for", shape: .race, firstSeed: 0) {
            $0.waitsForOthers = false
        },
    ]

    @Test(arguments: faults)
    func `a fault of the store is found within some seeds`(_ fault: Fault) {
        var rules = ProtocolRules()
        fault.takeAway(&rules)
        let seeds = fault.firstSeed..<fault.firstSeed + 100
        let seed = seeds.first { History(fault.shape, seed: $0, rules: rules).run() != nil }
        #expect(seed != nil)
    }
}
