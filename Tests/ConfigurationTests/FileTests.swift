import Foundation
import Testing

@testable import Configuration

@Suite struct FileTests {
    @Test func `JSON5 is taken with all its liberties`() throws {
        let text = """
            \u{FEFF}// a comment
            {
                /* over
                   lines */ listen: '127.0.0.1:1',
                "loops"\t: 0x10, max_batch_events: +5,
                "retention\\u005fdays": 1e1,
                max_body_bytes: 2048.0,\r
                store: 'rocksdb:\\x41/b', // it goes on
                'hot_sessions': "2000",
            }
            """
        let configuration = try load(text: text)
        #expect(configuration.listen.port == 1)
        #expect(configuration.loops == 16)
        #expect(configuration.maxBatchEvents == 5)
        #expect(configuration.retentionDays == 10)
        #expect(configuration.maxBodyBytes == 2_048)
        #expect(configuration.store == .rocksdb(path: "A/b"))
        #expect(configuration.hotSessions == 2_000)
        let sources = Dictionary(
            uniqueKeysWithValues: configuration.entries.map { ($0.key, $0.source.description) }
        )
        #expect(sources["listen"]?.hasSuffix("players.json5:4") == true)
        #expect(sources["loops"]?.hasSuffix("players.json5:5") == true)
        #expect(sources["hot_sessions"]?.hasSuffix("players.json5:9") == true)
    }

    @Test(arguments: ["{}", " {} ", "{/* nothing */}", "// first\n{\n}\n"])
    func `an object without members is the defaults`(_ text: String) throws {
        #expect(try load(text: text) == Configuration())
    }

    @Test(arguments: [
        ("", "is empty"), (" \n// nothing\n", "is empty"), ("[]", "is not an object"),
        ("5", "is not an object"),
        ("loops: 1", "is not an object"), ("{", "is not JSON5"), ("{loops 1}", "is not JSON5"),
        ("{}{}", "is not JSON5"),
        ("{loops: 1\nhot_sessions: 2000}", "is not JSON5"), ("{loops: 1,, }", "is not JSON5"),
        ("{listen: \"a}", "is not JSON5"), ("{a: \0}", "not a text in UTF-8"), ("{} x", "is not JSON5"),
    ])
    func `what is not an object in JSON5 is refused`(_ text: String, _ reason: String) {
        let message = fault { try load(text: text) }
        #expect(message?.contains("players.json5") == true, "\(message ?? "taken")")
        #expect(message?.contains(": \(reason)") == true, "\(message ?? "taken")")
        #expect(message?.contains("\n") == false)
    }

    @Test(arguments: [
        ("{\n  loops: 1,\n  log_level: ?\n}", 3), ("{loops: 1\nhot_sessions: 2000}", 2), ("{\n'loops' 1}", 2),
        ("{\n\n1: 2}", 3), ("{loops: 1}\n\nx", 3), ("{\n\n\n", 4), ("{loops:\n'\\u00zz'}", 1),
        ("{\nloops: 0x0x}", 2), ("{loops: 0x}", 1), ("{loops: +-1}", 1), ("{loops: 012}", 1),
        ("{loops: .}", 1),
        ("{loops: 1e}", 1),
    ])
    func `a syntax error names its line`(_ text: String, _ line: Int) {
        let message = fault { try load(text: text) }
        #expect(message?.contains("players.json5:\(line): is not JSON5: ") == true, "\(message ?? "taken")")
    }

    @Test func `a file that is not UTF-8 is refused`() throws {
        try withFile(Data([0x7B, 0xFF, 0x7D])) { path in
            let message = fault { try Configuration.load(file: path, environment: [:], flags: [:]) }
            #expect(message?.contains("not a text in UTF-8") == true)
        }
    }

    @Test(arguments: [
        ("/nowhere/players.json5", "/nowhere/players.json5: does not exist"),
        ("/", "/: is a directory, not a file"),
        ("/proc/self/mem", "/proc/self/mem: cannot be read: Input/output error"),
        ("/dev/zero", "/dev/zero: is larger than 1048576 bytes"),
        ("/dev/null", "/dev/null: is empty; an empty configuration is {}"),
    ])
    func `a file that cannot be read is named with the reason`(_ path: String, _ expected: String) {
        #expect(fault { try Configuration.load(file: path, environment: [:], flags: [:]) } == expected)
    }

    @Test func `a file of a mebibyte is read, one byte more is not`() throws {
        let text = "{loops: 3}"
        for extra in [0, 1] {
            let size = ConfigurationFile.maximumBytes + extra
            let contents = text + String(repeating: " ", count: size - text.utf8.count)
            #expect((fault { try load(text: contents) } == nil) == (extra == 0))
        }
    }

    @Test(arguments: [
        ("{retention_day: 1}", "retention_day (", "did you mean retention_days?"),
        ("{retentionDays: 1}", "retentionDays (", "did you mean retention_days?"),
        ("{'max-connections': 1}", "max-connections (", "did you mean max_connections?"),
        ("{\nhotsessions: 1}", "players.json5:2)", "did you mean hot_sessions?"),
        ("{port: 1}", "port (", "there are listen, store, retention_days"),
        ("{'': 1}", " (", "there are listen"),
        ("{'a\\nb': 1}", "a\\nb (", "there are listen"),
        ("{__proto__: {}}", "__proto__ (", "there are listen"),
    ])
    func `an unknown key is named with the nearest`(_ text: String, _ key: String, _ hint: String) {
        let message = fault { try load(text: text) }
        #expect(message?.contains(key) == true && message?.contains(hint) == true, "\(message ?? "taken")")
    }

    @Test(arguments: [
        "{loops: 1,\nloops: 1}", "{loops: 1,\n'\\u006coops': 2}", "{'loops': 1,\n\"loops\": 1}",
    ])
    func `a key given twice is refused with both lines`(_ text: String) {
        let message = fault { try load(text: text) }
        #expect(
            message?.contains("players.json5:2): is given twice, first at ") == true,
            "\(message ?? "taken")"
        )
        #expect(message?.hasSuffix("players.json5:1") == true)
    }

    @Test(arguments: [
        ("null", "null"), ("true", "true"), ("[1]", "an array"), ("{a: 1}", "an object"), ("1.5", "1.5"),
        ("NaN", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("1e400", "1e400"),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("-1", "-1"),
    ])
    func `a number of another type or size is refused`(_ value: String, _ shown: String) {
        let message = fault { try load(text: "{loops: \(value)}") }
        // Foundation may refuse a number that no Double holds as bad JSON5.
        if message?.contains("is not JSON5") == true, value.count > 4 { return }
        #expect(message?.hasPrefix("loops = \(shown) (") == true, "\(message ?? "taken")")
        #expect(message?.hasSuffix("must be a whole number from 0 to 64") == true, "\(message ?? "taken")")
    }

    @Test(arguments: ["5000", "null", "true", "['a']", "{host: 'x'}"])
    func `a text of another type is refused`(_ value: String) {
        for key in ["listen", "store", "log_level"] {
            let message = fault { try load(text: "{\(key): \(value)}") }
            #expect(message?.hasPrefix("\(key) = ") == true, "\(message ?? "taken")")
            #expect(message?.hasSuffix(", in quotes") == true, "\(message ?? "taken")")
        }
    }
}
