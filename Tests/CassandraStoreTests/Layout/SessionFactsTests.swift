import Glibc
import Fuzzing
import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct SessionFactsTests {
    private func candidate(_ instant: Int64, _ country: Int = 0, received: Int64 = 0) -> Candidate {
        let country = CountryCode(ordinal: country)
        return Candidate(
            .init(timestamp: Timestamp(microseconds: instant), country: country),
            received: received
        )
    }

    private func read(_ starts: [(Candidate, isSettled: Bool)]) -> SessionFacts {
        let entries = starts.map {
            Value.MapEntry(key: $0.0.mapKey, value: $0.0.mapValue(isSettled: $0.isSettled))
        }
        return SessionFacts(starts: .map(entries), end: .null)
    }

    @Test func `a start is known once, by its latest version, and what was settled of an earlier one is not`()
    {
        let (old, new) = (candidate(5, received: 10), candidate(5, received: 20))
        let first = candidate(1)
        var facts = read([(first, false), (old, true)])
        #expect(facts.losers(to: first) == [])
        facts.join(new)
        #expect(facts.candidates == [first, new])
        #expect(facts.losers(to: first) == [new])
        facts.settle(old)
        #expect(facts.losers(to: first) == [new])
        facts.join(old)
        #expect(facts.candidates == [first, new])
        facts.settle(new)
        #expect(facts.losers(to: first) == [])
    }

    @Test func `of two reads all starts, versions and settlements are taken`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            var reads: [SessionFacts] = []
            var known: [SessionRecord.Start: (received: Int64, isSettled: Bool)] = [:]
            for _ in 0..<2 {
                var starts: [SessionRecord.Start: (Candidate, isSettled: Bool)] = [:]
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    let one = candidate(
                        .random(in: 1...4, using: &random),
                        .random(in: 0...2, using: &random),
                        received: .random(in: 0...2, using: &random)
                    )
                    starts[one.start] = (one, Bool.random(using: &random))
                }
                for (start, (one, isSettled)) in starts {
                    let former = known[start] ?? (-1, false)
                    if former.received == one.received {
                        known[start] = (one.received, former.isSettled || isSettled)
                    } else if former.received < one.received {
                        known[start] = (one.received, isSettled)
                    }
                }
                reads.append(
                    read(starts.values.sorted { $0.0.mapKey.lexicographicallyPrecedes($1.0.mapKey) })
                )
            }
            var facts = reads[0]
            facts.join(reads[1])
            let order = known.keys.sorted { $0.supersedes($1) }
            let expected = order.map { Candidate($0, received: known[$0]?.received ?? 0) }
            let nobody = candidate(100)
            let losers = expected.filter { known[$0.start]?.isSettled == false }
            #expect(facts.candidates == expected, "seed \(seed)")
            #expect(facts.losers(to: nobody) == losers, "seed \(seed)")
            #expect(facts.winner(.forever) == expected.first, "seed \(seed)")
        }
    }

    /// A monitor that starts the same session every second for a day.
    @Test func `what an event costs grows with the starts and not with their square`() {
        // Of this thread alone, so that it does not matter what else the machine has to do. It takes under a second.
        let begin = SessionFactsTests.processorSeconds()
        let starts = (1...86_400).map { (candidate($0 * 1_000_000), isSettled: $0 > 1) }
        var facts = read(starts)
        let again = read(starts)
        let own = candidate(86_401 * 1_000_000)
        facts.join(own)
        facts.join(again)
        #expect(facts.winner(.forever) == starts[0].0)
        #expect(facts.losers(to: starts[0].0) == [own])
        #expect(SessionFactsTests.processorSeconds() - begin < 30)
    }

    /// The processor time that the calling thread has taken.
    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
