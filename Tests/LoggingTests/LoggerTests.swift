import Foundation
import Synchronization
import Testing

@testable import Logging

/// Keeps the lines that a logger writes.
private final class Sink: Sendable {
    private let lines = Mutex<[[UInt8]]>([])

    func logger(_ format: Logger.Format, _ minimumLevel: Logger.Level = .debug) -> Logger {
        Logger.lines(
            format: format,
            minimumLevel: minimumLevel,
            now: { LogLine.Instant(seconds: 1_480_682_885, milliseconds: 20) },
            to: { line in self.lines.withLock { $0.append(line) } }
        )
    }

    var text: String { lines.withLock { String(decoding: $0.joined(), as: UTF8.self) } }
}

struct LoggerTests {
    @Test func `a text line holds the instant, the level, the message and the values`() {
        let sink = Sink()
        sink.logger(.text).log(.info, "store opened", ["path": "./data", "files": "3"])
        #expect(sink.text == "2016-12-02T12:48:05.020Z info store opened path=./data files=3\n")
    }

    @Test(arguments: [
        ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""), ("a\"b", "\"a\\\"b\""), ("a\\b", "\"a\\\\b\""),
        ("x\n2016-12-02T12:48:05.020Z error", "\"x\\n2016-12-02T12:48:05.020Z error\""),
        ("\r\t\u{0}\u{1B}[31m\u{7F}", "\"\\r\\t\\u0000\\u001b[31m\\u007f\""),
        ("\u{85}\u{2028}\u{2029}", "\"\\u0085\\u2028\\u2029\""),
        ("é😀", "é😀"), ("a\u{9B}b\u{202E}c\u{E0041}", "\"a\\u009bb\\u202ec\\udb40\\udc41\""),
    ])
    func `no value can end its line or pass for another key`(value: String, shown: String) {
        let sink = Sink()
        sink.logger(.text).log(.warning, "odd", ["value": value])
        #expect(sink.text == "2016-12-02T12:48:05.020Z warning odd value=\(shown)\n")
    }

    @Test func `no message can end its line`() {
        let sink = Sink()
        sink.logger(.text).log(.error, "a\nb \"c\"")
        #expect(sink.text == "2016-12-02T12:48:05.020Z error a\\nb \"c\"\n")
    }

    @Test(arguments: ["plain", "", "\"\\\n\r\t\u{0}\u{7F}\u{2028}", "é😀\u{10FFFF}", "\u{202E}\u{E0041}"])
    func `a JSON line is one object that gives the value back`(value: String) throws {
        let sink = Sink()
        sink.logger(.json).log(.debug, "m \(value)", ["value": value])
        #expect(sink.text.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        let object = try JSONDecoder().decode([String: String].self, from: Data(sink.text.utf8))
        #expect(
            object == [
                "time": "2016-12-02T12:48:05.020Z", "level": "debug", "message": "m \(value)", "value": value,
            ]
        )
    }

    @Test
    func `numbers are numbers in JSON, texts of digits are texts, and what is no number in JSON is a text`() {
        let sink = Sink()
        sink.logger(.json).log(
            .info,
            "m",
            ["port": 5_000, "seconds": 0.25, "big": Int64.max, "keyspace": "42", "odd": Double.infinity]
        )
        #expect(
            sink.text
                == #"{"time": "2016-12-02T12:48:05.020Z", "level": "info", "message": "m", "port": 5000, "#
                + #""seconds": 0.25, "big": 9223372036854775807, "keyspace": "42", "odd": "inf"}"# + "\n"
        )
        sink.logger(.text).log(.info, "m", ["port": 5_000])
        #expect(sink.text.hasSuffix("info m port=5000\n"))
    }

    @Test func `a long value is cut at a whole character`() {
        let sink = Sink()
        sink.logger(.text).log(.info, "m", ["value": "x" + String(repeating: "😀", count: 1_000)])
        let shown = "x" + String(repeating: "😀", count: 255) + "…"
        #expect(sink.text == "2016-12-02T12:48:05.020Z info m value=\(shown)\n")
    }

    @Test(
        arguments: [
            String(repeating: "a\u{301}", count: 30_000), "a" + String(repeating: "\u{301}", count: 30_000),
            String(repeating: "\u{1B}", count: 30_000), String(repeating: "\u{E0041}", count: 30_000),
            String(repeating: "\"", count: 1_000),
        ],
        [Logger.Format.text, .json]
    )
    func `no value takes more than its share of a line`(value: String, format: Logger.Format) {
        let sink = Sink()
        sink.logger(format).log(.info, "m", ["value": value])
        #expect(sink.text.utf8.count < LogLine.maximumValueLength + 128)
        #expect(sink.text.contains("…"))
    }

    @Test(arguments: Logger.Level.allCases)
    func `lines below the minimum level are dropped`(minimum: Logger.Level) {
        let sink = Sink()
        let logger = sink.logger(.text, minimum)
        for level in Logger.Level.allCases {
            logger.log(level, "m")
            #expect(logger.isEnabled(level) == (level >= minimum))
        }
        #expect(sink.text.split(separator: "\n").count == Logger.Level.allCases.count - minimum.rawValue)
    }

    @Test func `an instant before 1970 and one far ahead have their own dates`() {
        #expect(LogLine.Instant(seconds: -1, milliseconds: 999).description == "1969-12-31T23:59:59.999Z")
        #expect(
            LogLine.Instant(seconds: 7_258_118_400, milliseconds: 0).description == "2200-01-01T00:00:00.000Z"
        )
    }
}
