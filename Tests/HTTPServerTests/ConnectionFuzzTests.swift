import Fuzzing
import Foundation
import Testing

@testable import HTTPServer

// Strategy: streams of one to four valid requests, written by a generator that knows what they must give, are
// mutated (bytes changed, inserted, removed, doubled, pieces exchanged for dangerous ones) and fed to the state
// machine at once and in random pieces.
//
// Invariants:
// - It never crashes, and never holds bytes when it is closed or when nothing is under way.
// - The pieces make no difference: the events are the same as at once, but for `100 Continue`, which only a client
//   whose body is not there yet gets, and for the early end of writing, which is for a client that has sent more.
// - Unmutated streams give every request, in order.
// - Every admitted head passes a strict reference, written here independently, on the bytes as they came.
// - Behind a refusal nothing is admitted.
@Suite struct ConnectionFuzzTests {
    private static let dangerous = [
        "\r", "\n", "\r\n", "\0", " ", "\t", ":", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n",
        "Host: b\r\n", "Transfer-Encoding : chunked\r\n", "\r\n ", "0\r\n\r\n", "HTTP/1.0", "chunked", ",",
        ";", "+",
        "%2F", "%61", "%", "http://h:1/", "\u{16}\u{3}",
        "ffffffffffffffff", "Expect: 100-continue\r\n", "Connection: close\r\n", "CONNECT", "\u{7F}",
        "\r\n\r\n",
    ]

    @Test func `mutated requests never get past the rules`() {
        fuzz(rounds: 3_000) { seed in
            var random = SeededRandom(seed: seed)
            var stream: [UInt8] = []
            let count = Int.random(in: 1...4, using: &random)
            for index in 0..<count { stream += request(index, &random) }
            let mutations = Int.random(in: 0...3, using: &random)
            for _ in 0..<mutations { mutate(&stream, &random) }
            let whole = run(stream) { .max }
            let largest = Int.random(in: 1...40, using: &random)
            let pieces = run(stream) { Int.random(in: 1...largest, using: &random) }
            // Whether input lies behind a last request when it is answered, and so whether the connection lingers
            // before it closes, depends on the pieces.
            let alike = [whole, pieces].map { run in
                run.events.filter { $0 != .sentContinue && $0 != .finishedWriting }
            }
            if alike[0] != alike[1] || (mutations == 0 && whole.events.statuses.count != count)
                || !whole.passes
            {
                Issue.record("seed \(seed): \(String(decoding: stream, as: UTF8.self).debugDescription)")
            }
        }
    }

    private func run(_ stream: [UInt8], pieces: () -> Int) -> (events: [MachineDriver.Event], passes: Bool) {
        let driver = MachineDriver()
        var passes = true
        driver.admission = { head in
            passes = passes && StrictReference.allows(head.bytes)
            return .body(limit: 100, tooLarge: HTTPResponse(status: 413))
        }
        driver.send(stream, pieces: pieces)
        driver.end()
        let events = driver.events
        if let refusal = events.firstIndex(where: { if case .refused = $0 { true } else { false } }) {
            let isQuiet = events[refusal...].allSatisfy { if case .admitted = $0 { false } else { true } }
            passes = passes && isQuiet
        }
        passes = passes && driver.isClosed
        return (events, passes)
    }

    private func request(_ index: Int, _ random: inout SeededRandom) -> [UInt8] {
        let size = Int.random(in: 0...30, using: &random)
        let body = String(repeating: "x", count: size)
        switch Int.random(in: 0...2, using: &random) {
        case 0: return Array("GET /\(index)?q HTTP/1.1\r\nHost: a:1\r\nAccept: */*\r\n\r\n".utf8)
        case 1:
            return Array("POST /\(index) HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n\(body)".utf8)
        default:
            let chunk = size == 0 ? "" : "\(String(size, radix: 16));e=f\r\n\(body)\r\n"
            return Array(
                "POST /\(index) HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n\(chunk)0\r\nT: u\r\n\r\n"
                    .utf8
            )
        }
    }

    private func mutate(_ stream: inout [UInt8], _ random: inout SeededRandom) {
        guard !stream.isEmpty else { return }
        let at = Int.random(in: 0..<stream.count, using: &random)
        switch Int.random(in: 0...4, using: &random) {
        case 0: stream[at] = UInt8.random(in: 0...255, using: &random)
        case 1: stream.remove(at: at)
        case 2: stream.insert(contentsOf: (Self.dangerous.randomElement(using: &random) ?? "").utf8, at: at)
        case 3: stream.insert(contentsOf: stream[at..<min(stream.count, at + 20)], at: at)
        default:
            let line = stream[at...].firstIndex(of: 10).map { $0 + 1 } ?? at
            stream.insert(contentsOf: (Self.dangerous.randomElement(using: &random) ?? "").utf8, at: line)
        }
    }
}

/// What a strict reader of RFC 9112 says about a head; slow and plain.
enum StrictReference {
    static func allows(_ head: [UInt8]) -> Bool {
        let text = head.map { Character(UnicodeScalar($0)) }
        var lines: [String] = []
        var line = ""
        var index = 0
        while index < head.count {
            if head[index] == 13 {
                guard index + 1 < head.count, head[index + 1] == 10 else { return false }
                lines.append(line)
                line = ""
                index += 2
                continue
            }
            guard head[index] >= 32 || head[index] == 9, head[index] != 127 else { return false }
            line.append(text[index])
            index += 1
        }
        guard line.isEmpty, lines.count >= 2, lines.popLast() == "" else { return false }
        let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { return false }
        let isToken = words[0].allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0))
        }
        guard !words[1].contains("\t"), isToken, !words[0].isEmpty else { return false }
        return allows(fields: lines, isOld: words[2] == "HTTP/1.0")
    }

    private static func allows(fields: [String], isOld: Bool) -> Bool {
        var values: [String: [String]] = [:]
        for field in fields {
            guard let colon = field.firstIndex(of: ":"), colon > field.startIndex else { return false }
            let name = field[..<colon]
            let isToken = name.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0))
            }
            guard isToken else { return false }
            let value = field[field.index(after: colon)...].trimmingCharacters(
                in: CharacterSet(charactersIn: " \t")
            )
            values[name.lowercased(), default: []].append(value)
        }
        let hosts = values["host"] ?? []
        let lengths = values["content-length"] ?? []
        let codings = values["transfer-encoding"] ?? []
        guard hosts.count <= 1, isOld || hosts.count == 1 else { return false }
        guard lengths.count <= 1,
            lengths.allSatisfy({ !$0.isEmpty && $0.allSatisfy { "0123456789".contains($0) } })
        else { return false }
        guard codings.count <= 1, codings.allSatisfy({ $0.lowercased() == "chunked" }) else { return false }
        return codings.isEmpty || (lengths.isEmpty && !isOld)
    }
}
