import Fuzzing
import Glibc
import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct SessionFactsTests {
    private func claim(
        _ instant: Int64,
        _ country: Int = 0,
        received: Int64 = 0,
        generation: Int64 = 1,
        request: Int32 = 0
    ) -> Claim {
        let country = CountryCode(ordinal: country)
        return Claim(
            Candidate(
                .init(timestamp: Timestamp(microseconds: instant), country: country),
                received: received
            ),
            place: Place(generation: generation, process: ProcessID(number: 1 << 47)),
            request: request
        )
    }

    private func read(_ claims: [Claim]) -> SessionFacts {
        let entries = claims.map { Value.MapEntry(key: $0.mapKey, value: $0.mapValue) }
        return SessionFacts(starts: .map(entries), end: .null)
    }

    @Test func `every claim is read as it was written`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            let written = Claim(
                Candidate(
                    .init(
                        timestamp: Timestamp(
                            microseconds: .random(
                                in: Timestamp.earliest.microseconds...Timestamp.latest.microseconds,
                                using: &random
                            )
                        ),
                        country: CountryCode(ordinal: .random(in: 0..<CountryCode.count, using: &random))
                    ),
                    received: .random(in: 0...(1 << 51) - 1, using: &random)
                ),
                place: Place(
                    generation: .random(in: 0..<1 << 40, using: &random),
                    process: ProcessID(number: .random(in: 0..<1 << 48, using: &random))
                ),
                request: .random(in: 0..<1 << 24, using: &random),
                keptDays: .random(in: 0...Claim.maximumKeptDays, using: &random)
            )
            #expect(
                Claim(Value.MapEntry(key: written.mapKey, value: written.mapValue)) == written,
                "seed \(seed)"
            )
            let ledger = Ledger([
                Ledger.Entry(
                    start: written.candidate.start,
                    change: Bool.random(using: &random) ? 1 : -1,
                    place: written.place,
                    isSure: Bool.random(using: &random)
                )
            ])
            #expect(Ledger(packed: ledger.packed) == ledger, "seed \(seed)")
        }
    }

    @Test func `claims of one start are one start, and each is known`() {
        let claims = [claim(5, request: 1), claim(5, request: 2), claim(5, generation: 2)]
        var facts = read(claims)
        #expect(facts.hasOneStart)
        facts.join(claims[1])
        #expect(facts.claims.count == 3)
        facts.join(claim(7))
        #expect(!facts.hasOneStart)
        #expect(facts.winner(.forever) == claims[0].candidate.start)
        #expect(Set(facts.claims(of: claims[0].candidate.start)) == Set(claims))
    }

    @Test func `the winner does not depend on the order in which claims are read`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<1_000 {
            var claims: [Claim] = []
            for number in 0..<Int32.random(in: 1...6, using: &random) {
                claims.append(
                    claim(
                        .random(in: 1...4, using: &random),
                        .random(in: 0...2, using: &random),
                        request: number
                    )
                )
            }
            let first = claims.map(\.candidate.start).reduce(claims[0].candidate.start) {
                $1.supersedes($0) ? $1 : $0
            }
            var joined = SessionFacts()
            for one in claims.shuffled(using: &random) { joined.join(one) }
            #expect(read(claims).winner(.forever) == first, "seed \(seed)")
            #expect(joined.winner(.forever) == first, "seed \(seed)")
            #expect(joined.claims.count == claims.count, "seed \(seed)")
        }
    }

    @Test func `of claims of one start the one that was received last says when it was`() {
        // The second start lies more than twice the retention behind the first one's first claim, not behind its last.
        let day = Microseconds.perDay
        let retention = Retention(days: 1)
        let base: Int64 = 1_700_000_000_000_000
        let first = base - day / 2
        let second = base + 2 * day
        let early = read([
            claim(first, received: base), claim(second, received: second),
        ])
        #expect(early.winner(retention)?.instant == second)
        let late = read([
            claim(first, received: base, request: 1), claim(first, received: base + day, request: 2),
            claim(base + day + day / 4, received: base + day + day / 4, request: 3),
        ])
        #expect(late.winner(retention)?.instant == first)
    }

    /// A monitor that starts the same session every second for a day.
    @Test func `what an event costs grows with the starts and not with their square`() {
        // Of this thread alone, so that it does not matter what else the machine has to do. It takes under a second.
        let begin = SessionFactsTests.processorSeconds()
        let claims = (1...86_400).map { claim($0 * 1_000_000) }
        var facts = read(claims)
        facts.join(claim(86_401 * 1_000_000))
        #expect(facts.winner(.forever) == claims[0].candidate.start)
        #expect(facts.claims.count == 86_401)
        #expect(SessionFactsTests.processorSeconds() - begin < 30)
    }

    /// The processor time that the calling thread has taken.
    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
