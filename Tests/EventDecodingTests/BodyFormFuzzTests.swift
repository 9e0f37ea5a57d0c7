import EventDecoding
import Fuzzing
import Testing

struct BodyFormFuzzTests {
    // Strategy: the texts of the table of forms, and beginnings of packed data, with bytes changed, cut and doubled.
    // Invariants: nothing traps, and every description is short and has no control characters.
    @Test func `broken bodies are recognized or not, and nothing crashes`() {
        let seeds = BodyFormTests.texts.map(\.0) + ["\u{1F}\u{8B}", "{\0\"\0", "BZh9"]
        fuzz(rounds: 2_000) { seed in
            var mutator = JSONMutator(generator: SeededRandom(seed: seed))
            let bytes = mutator.mutate(Array(mutator.pick(seeds).utf8))
            for besideEvents in [false, true] {
                guard let form = BodyForm(recognizing: bytes.span, besideEvents: besideEvents) else {
                    continue
                }
                for place in BodyForm.Place.allCases {
                    let text = form.description(in: place)
                    #expect(text.utf8.count < 300 && text.utf8.allSatisfy { $0 >= 0x20 }, "seed \(seed)")
                }
            }
        }
    }
}
