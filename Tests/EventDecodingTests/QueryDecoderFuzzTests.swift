// Strategy: random objects of query-like members and events, broken in a few places.
// Invariants: nothing crashes; members come out exactly when an independent judge takes the body and they are not too
// many; numbers come out as written in the body; strings come out as valid UTF-8.

import Fuzzing
import EventDecoding
import Testing

struct QueryDecoderFuzzTests {
    @Test func `query bodies are taken exactly when they are JSON objects`() {
        fuzz(rounds: 4_000) { seed in
            var mutator = JSONMutator(generator: SeededRandom(seed: seed))
            let names = ["num_of_hours", "until", "player_id", "n", "\\u006e", ""]
            let members = (0..<Int.random(in: 0...3, using: &mutator.generator)).map { _ in
                "\"\(mutator.pick(names))\": " + mutator.json(depth: 2)
            }
            let whole = Array(("{" + members.joined(separator: ", ") + "}").utf8)
            let body = mutator.mutate(Bool.random(using: &mutator.generator) ? whole : mutator.event())
            let hasMark = body.starts(with: [0xEF, 0xBB, 0xBF])
            let isObject = ReferenceJSON.isObject(Array(hasMark ? body.dropFirst(3) : body[...]))
            let result = decodeQuery(body)
            let shown = String(decoding: body, as: UTF8.self)
            guard case .success(let read) = result else {
                #expect(!isObject || result == .failure(.tooManyMembers), "seed \(seed): \(shown)")
                return
            }
            #expect(isObject, "seed \(seed): \(shown)")
            for member in read {
                switch member.value {
                case .number(let number): #expect(shown.contains(number), "seed \(seed): \(shown)")
                case .string(let bytes):
                    #expect(String(validating: bytes, as: UTF8.self) != nil, "seed \(seed): \(shown)")
                case .other: break
                }
            }
        }
    }
}
