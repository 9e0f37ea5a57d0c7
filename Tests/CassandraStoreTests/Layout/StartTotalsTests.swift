import Fuzzing
import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct StartTotalsTests {
    @Test func `what counts no more may come before what counts`() {
        let country = CountryCode(ordinal: 3)
        var totals = StartTotals()
        totals.add(country, -1)
        #expect(totals.starts.isEmpty)
        var again = StartTotals(packed: totals.packed)
        #expect(again == totals)
        again.add(country, 1)
        #expect(StartTotals(packed: again.packed).counts[country] == 0)
    }

    @Test func `every number is read as it was written`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<1_000 {
            var totals = StartTotals()
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let bits = Int.random(in: 1...62, using: &random)
                totals.add(
                    CountryCode(ordinal: .random(in: 0..<CountryCode.count, using: &random)),
                    .random(in: -(1 << bits)...(1 << bits), using: &random)
                )
            }
            #expect(StartTotals(packed: totals.packed) == totals, "seed \(seed)")
        }
    }
}
