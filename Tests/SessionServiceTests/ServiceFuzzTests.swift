import Fuzzing
import SessionStoreTesting
import Testing

@testable import SessionService

// Strategy: queries and batches that are right are cut, spliced, repeated and sprinkled with bytes, by a seeded
// generator; they go to the handler as a server would hand them over, in URLs, in bodies and in packed bodies.
//
// Invariants: nothing crashes; each request is answered once, by 200 with JSON or by 400, 413 or 415 as a problem that
// says something; an answer stays small; no answer is anything but valid JSON.
struct ServiceFuzzTests {
    private static let seeds = [
        "num_of_hours=24", "num_of_hours=0.5&until=2016-12-02T12:48:05.520022%2B02:00&country=fi",
        "player_id=0a2d12a1a7e145de8bae44c0c6e06629&n=20", "player_id=%F0%9F%98%80%20+x",
        #"{"num_of_hours": "24"}"#,
        #"{"num_of_hours": 0.5, "until": "2016-12-02T12:48:05+02:00", "country": "fi"}"#,
        #"{"player_id": "\u0041\ud83d\ude00", "n": 100}"#, #"{"player_id": {"a": [1, null]}, "n": "1"}"#,
        start("p", "s") + end("p", "s"),
    ]
    private static let sprinkles =
        Array("%&=+\"\\{}[],:.0189 \n\r\tnullué\u{FF}".utf8) + [0, 0x7F, 0xC0, 0xFF]

    @Test func `whatever is asked is answered by 200, or by a problem that says something`() async throws {
        let service = try TestService()
        try await fuzz(rounds: 500) { seed in
            var random = SeededRandom(seed: seed)
            let input = Self.mutated(&random)
            for answer in try await Self.ask(service, input, &random) {
                let context = "seed \(seed), input \(input)"
                #expect([200, 400, 413, 415].contains(answer.status), "\(answer.status), \(context)")
                #expect(!answer.json.isEmpty, "\(context)")
                #expect(answer.status == 200 || answer.isProblem, "\(context)")
                #expect(answer.body.count < 64 * 1_024, "\(context)")
            }
        }
    }

    private static func mutated(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(random.element(of: seeds).utf8)
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let other = Int.random(in: 0...bytes.count, using: &random)
            let range = min(place, other)..<max(place, other)
            switch Int.random(in: 0...4, using: &random) {
            case 0: bytes.removeSubrange(range)
            case 1: bytes.insert(contentsOf: bytes[range], at: place)
            case 2: bytes.insert(contentsOf: Array(random.element(of: seeds).utf8), at: place)
            case 3: bytes.insert(random.element(of: sprinkles), at: place)
            default:
                if place < bytes.count { bytes[place] = random.element(of: sprinkles) }
            }
        }
        return bytes
    }

    private static func ask(
        _ service: TestService,
        _ input: [UInt8],
        _ random: inout SeededRandom
    ) async throws -> [Answer] {
        let path = random.element(of: ["/queryevents/count", "/queryevents/topn"])
        let target = "\(path)?\(String(decoding: input, as: UTF8.self))"
        let encoding = random.element(of: ["gzip", "zstd", "identity", "br"])
        let packed =
            encoding == "gzip" ? Packing.gzip(input) : encoding == "zstd" ? Packing.zstd(input) : input
        var answers = [try await service.get(target), try await service.send("POST", path, input)]
        answers.append(
            try await service.send("POST", "/batchevents", packed, headers: [("Content-Encoding", encoding)])
        )
        let lenient = [("Prefer", String(decoding: input, as: UTF8.self)), ("Prefer", "handling=lenient")]
        answers.append(try await service.send("POST", "/batchevents", input, headers: lenient))
        return answers
    }
}
