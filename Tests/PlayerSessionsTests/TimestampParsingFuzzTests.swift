import Fuzzing
import PlayerSessions
import Testing

/// Mutates a `ts` at a few bytes.
///
/// No text crashes the parser; what is taken lies in range and means the same without the spelling's freedoms; an error
/// names a part and stays short.
@Suite struct TimestampParsingFuzzTests {
    @Test func `random changes of a ts never crash, and what is taken lies in range`() {
        let alphabet = Array("0123456789-+:.,TtZzUC[ \0\u{FF}".utf8)
        let seeds = [
            "2016-12-02T12:48:05.520022+02:00", "2016-12-02 12:48 UTC", "1480682885.5",
            "2016-12-02T12:48:05,5-0330",
        ]
        fuzz(rounds: 20_000) { seed in
            var generator = SeededRandom(seed: seed)
            var text = Array(generator.element(of: seeds).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: text.indices, using: &generator)
                if Int.random(in: 0..<8, using: &generator) == 0 { text.removeSubrange((at + 1)...) }
                text[at] = alphabet[Int.random(in: alphabet.indices, using: &generator)]
            }
            do throws(Timestamp.ParseError) {
                let timestamp = try Timestamp(parsing: text.span)
                #expect(timestamp >= .earliest && timestamp <= .latest, "seed \(seed)")
                #expect((try? Timestamp(parsing: timestamp.description)) == timestamp, "seed \(seed)")
            } catch {
                let message = error.description
                let openings = ["must be an RFC 3339", "has ", "lies in the year"]
                #expect(
                    openings.contains { message.hasPrefix($0) } && message.utf8.count < 200,
                    "seed \(seed)"
                )
            }
        }
    }
}
