import Foundation
import PlayerSessions
import Testing

@testable import SessionService

struct JSONWriterTests {
    @Test func `members and elements are separated as in the contract's examples`() {
        let bytes = JSONWriter.object { json in
            json.name("a")
            json.array([1, 2]) { $0.number($1) }
            json.name("b")
            json.object { _ in }
            json.name("c")
            json.array([[3], []]) { json, inner in json.array(inner) { $0.number($1) } }
            json.name("d")
            json.string("x")
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"a": [1, 2], "b": {}, "c": [[3], []], "d": "x"}"# + "\n"
        )
    }

    @Test func `every character of Unicode's first planes comes back`() throws {
        for start in stride(from: UInt32(0), to: 0x11000, by: 0x100) {
            var text = ""
            for value in start..<(start + 0x100) {
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            }
            var writer = JSONWriter()
            writer.array([text]) { $0.string($1) }
            let back = try JSONDecoder().decode([String].self, from: Data(writer.bytes))
            #expect(back.map { Array($0.utf8) } == [Array(text.utf8)], "\(start)")
            #expect(!writer.bytes.contains { $0 < 0x20 })
        }
    }

    @Test(arguments: [
        (0, "0"), (1, "0.000001"), (60_000_000, "60"), (500_000, "0.5"), (1_000_001, "1.000001"),
        (1_100_000, "1.1"), (999_999, "0.999999"), (10_000_000, "10"), (10_010, "0.01001"),
        (9_214_646_399_999_999, "9214646399.999999"),
    ])
    func `seconds are exact, in the fewest digits`(microseconds: Int64, text: String) {
        var writer = JSONWriter()
        writer.seconds(microseconds: microseconds)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }
}
