// Strategy: bodies of up to eight lines, valid events as a rule, joined by LF, CRLF and blank lines, then broken in a
// few places, line ends included.
// Invariants: nothing crashes; lines = events + invalid lines; errors are sorted by line and field, one a field, a
// line's error alone; invalid lines rise and are those of the errors; every event that is taken is taken again, the
// same, when it is written anew; each line decoded alone gives what it gives together; a decoder keeps nothing from
// one body to the next. Of blank space with a wrong line here and there, each wrong line is found by its number, as a
// split at every LF finds it.

import Fuzzing
import EventDecoding
import PlayerSessions
import Testing

struct EventDecoderFuzzTests {
    @Test func `broken batches keep every promise of a decoded batch`() throws {
        var reused = EventDecoder(limits: testLimits(errors: .max))
        try fuzz(rounds: 1_000) { seed in
            var mutator = JSONMutator(generator: SeededRandom(seed: seed))
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8, using: &mutator.generator) {
                body += mutator.event() + Array(mutator.pick(["\n", "\r\n", "\n\n", "\n \t\r\n"]).utf8)
            }
            body = mutator.mutate(body)
            let batch = try decode(body, by: &reused)
            checkShape(of: batch, seed: seed)
            try checkRoundTrip(of: batch, seed: seed)
            try checkLinesAlone(body, against: batch, seed: seed)
        }
    }

    @Test func `random blank space never hides a line or moves its number`() throws {
        fuzz(rounds: 500) { seed in
            var random = SeededRandom(seed: seed)
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                Int.random(in: 0..<80, using: &random) == 0
                    ? UInt8(ascii: "x") : [0x20, 0x09, 0x0D, 0x0A].randomElement(using: &random) ?? 0x0A
            }
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            let wrong = lines.indices.filter { lines[$0].contains(UInt8(ascii: "x")) }.map { $0 + 1 }
            let found = (try? decode(bytes))?.invalidLines
            if found != wrong { Issue.record("seed \(seed): \(bytes)") }
        }
    }

    private func checkShape(of batch: DecodedBatch, seed: UInt64) {
        #expect(batch.lines == batch.events.count + batch.invalidLines.count, "seed \(seed)")
        #expect(batch.invalidLines == Set(batch.errors.map(\.line)).sorted(), "seed \(seed)")
        let order = batch.errors.map { error in
            error.line * 10 + (error.field.flatMap { EventField.allCases.firstIndex(of: $0) } ?? 9)
        }
        #expect(order == Set(order).sorted(), "seed \(seed)")
        for error in batch.errors where error.field == nil {
            #expect(batch.errors.count { $0.line == error.line } == 1, "seed \(seed)")
        }
    }

    private func checkRoundTrip(of batch: DecodedBatch, seed: UInt64) throws {
        let lines = batch.events.events.map { event in
            let kind =
                switch event.kind {
                case .start(let country): "\"start\",\"country\":\"\(country)\""
                case .end: "\"end\""
                }
            let ids =
                "\"player_id\":\"\(escaped(event.playerID))\",\"session_id\":\"\(escaped(event.sessionID))\""
            return "{\"event\":\(kind),\(ids),\"ts\":\"\(event.timestamp)\"}"
        }
        let again = try decode(lines.joined(separator: "\n"))
        #expect(again.events.events == batch.events.events && again.errors.isEmpty, "seed \(seed)")
    }

    private func checkLinesAlone(_ body: [UInt8], against batch: DecodedBatch, seed: UInt64) throws {
        var decoder = EventDecoder(limits: testLimits(errors: .max))
        var events: [SessionEvent] = []
        var errors: [LineError] = []
        for (index, line) in body.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let alone = try decode(Array(line), by: &decoder, firstLine: index + 1, padding: 0)
            events += alone.events.events
            errors += alone.errors
        }
        #expect(events == batch.events.events && errors == batch.errors, "seed \(seed)")
    }

    private func escaped(_ identifier: Identifier) -> String {
        identifier.description.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
}
