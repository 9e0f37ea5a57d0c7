import Fuzzing
import PlayerSessions
import Testing

@testable import CassandraStore

// Strategy: worlds of three replicas and a few processes, each made of a seed. Processes tell batches that meet on the
// same sessions, roll up, count, stand still and die; deliveries are lost, late and repeated, answers are lost. The
// store's own code runs in them.
// Invariants: what was acknowledged, and is not being told, is in every later count exactly once; in the end, when all
// is told, every count and every top is the model's, and no marker is left.

@Suite struct ExactnessFuzzTests {
    @Test func `every acknowledged session counts once, whatever fails`() {
        var checks = 0
        fuzz(rounds: 60) { seed in
            let history = History(HistoryShape(), seed: seed)
            if let finding = history.run() { Issue.record("\(finding)") }
            checks += history.exactChecks
        }
        #expect(checks > 20)
    }
}
