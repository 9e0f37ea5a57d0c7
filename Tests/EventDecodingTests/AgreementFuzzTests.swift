// Strategy: random events, as made or broken in a few places, one line at a time, and random bytes of JSON's alphabet.
// Invariants: decoder, strict scanner and an independent judge agree on whether the line is one JSON object; a member
// that only the strict way takes (`1e999`), added to the line, changes nothing in what is read.

import Fuzzing
import PlayerSessions
import Testing

@testable import EventDecoding

struct AgreementFuzzTests {
    @Test func `both ways of reading and an independent judge agree on every line`() throws {
        var taken = 0
        var refused = 0
        var decoder = EventDecoder(limits: testLimits())
        try fuzz(rounds: 4_000) { seed in
            var mutator = JSONMutator(generator: SeededRandom(seed: seed))
            var text = mutator.mutate(mutator.event())
            text.removeAll { $0 == 0x0A }
            guard text.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return }
            if text.starts(with: [0xEF, 0xBB, 0xBF]) { return }

            let isObject = ReferenceJSON.isObject(text)
            let batch = try decode(text, by: &decoder, padding: mutator.pick(Array("}\"] \0".utf8)))
            let isTaken = batch.errors.first.map { $0.field != nil } ?? true
            let shown = String(decoding: text, as: UTF8.self)
            #expect(isTaken == isObject, "seed \(seed): \(shown) \(batch.errors)")
            #expect(scannerTakes(text) == isObject, "seed \(seed): \(shown)")
            taken += isObject ? 1 : 0
            refused += isObject ? 0 : 1

            guard isObject, let end = text.lastIndex(of: UInt8(ascii: "}")) else { return }
            let isEmpty = text[..<end].last { ![0x20, 0x09, 0x0D].contains($0) } == UInt8(ascii: "{")
            let member = (isEmpty ? "" : ",") + "\"zzz\":1e999"
            let strict = try decode(text[..<end] + Array(member.utf8) + text[end...], by: &decoder)
            #expect(strict.events.events == batch.events.events, "seed \(seed): \(shown)")
            #expect(strict.errors == batch.errors, "seed \(seed): \(shown)")
        }
        #expect(taken > 0 && refused > 0)
    }

    private func scannerTakes(_ text: [UInt8]) -> Bool {
        do throws(JSONFault) {
            try JSONScanner.readObject(text.span) { _, _ in }
            return true
        } catch {
            return false
        }
    }
}
