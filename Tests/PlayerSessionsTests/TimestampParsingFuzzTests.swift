import Fuzzing
import PlayerSessions
import Testing

@Suite struct TimestampParsingFuzzTests {
    @Test func `random changes of a ts never crash, and what is taken lies in range`() {
        let alphabet = Array("0123456789-+:.TtZz \0\u{FF}".utf8)
        fuzz(rounds: 20_000) { seed in
            var generator = SeededRandom(seed: seed)
            var text = Array("2016-12-02T12:48:05.520022+02:00".utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: text.indices, using: &generator)
                if Int.random(in: 0..<8, using: &generator) == 0 { text.removeSubrange((at + 1)...) }
                text[at] = alphabet[Int.random(in: alphabet.indices, using: &generator)]
            }
            guard let timestamp = try? Timestamp(parsing: text.span) else { return }
            #expect(timestamp >= .earliest && timestamp <= .latest, "seed \(seed)")
        }
    }
}
