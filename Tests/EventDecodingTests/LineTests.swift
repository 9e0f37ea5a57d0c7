import EventDecoding
import PlayerSessions
import Testing

/// What makes a line, and what makes a line wrong as a whole.
struct LineTests {
    @Test func `the contract's example gives a start and an end`() throws {
        let text = """
            {"event": "start", "country": "FI", "player_id": "0a2d12a1a7e145de8bae44c0c6e06629", \
            "session_id": "4a0c43c9-c43a-42ff-ba55-67563dfa35d4", "ts": "2016-12-02T12:48:05.520022"}
            {"event": "end", "player_id": "0a2d12a1a7e145de8bae44c0c6e06629", \
            "session_id": "4a0c43c9-c43a-42ff-ba55-67563dfa35d4", "ts": "2016-12-02T12:49:05.520022"}

            """
        let batch = try decode(text)
        let country = try #require(CountryCode("FI"))
        let player = try Identifier("0a2d12a1a7e145de8bae44c0c6e06629")
        let session = try Identifier("4a0c43c9-c43a-42ff-ba55-67563dfa35d4")
        let start = Timestamp(microseconds: 1_480_682_885_520_022)
        let end = Timestamp(microseconds: 1_480_682_945_520_022)
        #expect(
            batch.events.events == [
                SessionEvent(.start(country), playerID: player, sessionID: session, timestamp: start),
                SessionEvent(.end, playerID: player, sessionID: session, timestamp: end),
            ]
        )
        #expect(batch.errors.isEmpty && batch.invalidLines.isEmpty && batch.lines == 2)
    }

    @Test(arguments: ["\n", "\r\n", " \t\n", "\n\r\n \t\r\n"], ["", "\n", "\r\n"])
    func `lines end at LF or CRLF, blank lines are skipped, a last newline is optional`(
        separator: String,
        end: String
    ) throws {
        let batch = try decode(separator + line() + separator + line() + end)
        #expect(batch.lines == 2 && batch.events.count == 2 && batch.errors.isEmpty)
    }

    @Test(arguments: ["", "\n", "\r\n\r\n", "\u{FEFF}", "\u{FEFF} \n\t\r\n"])
    func `a body without events has no lines`(body: String) throws {
        let batch = try decode(body)
        #expect(batch.lines == 0 && batch.events.isEmpty && batch.errors.isEmpty)
    }

    @Test func `blank lines count in line numbers`() throws {
        let batch = try decode("\n" + line() + "\n \t\r\nx\n\n" + line() + "\n[]")
        #expect(batch.invalidLines == [4, 7])
        #expect(batch.errors.map(\.line) == [4, 7])
        #expect(batch.events.count == 2 && batch.lines == 4)
    }

    @Test(arguments: [1, 62, 63, 64, 65, 127, 128, 129, 5_000], ["\n", "\r\n", " \n", "\t \r", "  "])
    func `blank lines are counted however many there are`(count: Int, blank: String) throws {
        let blanks = String(repeating: blank, count: count)
        let before = blanks.utf8.count { $0 == 10 }
        let batch = try decode(blanks + "\n" + blanks + "x\n" + blanks)
        #expect(batch.invalidLines == [before * 2 + 2] && batch.lines == 1)
        #expect(try decode(blanks).lines == 0)
        #expect(try decode("x\n" + blanks + "\n" + line()).lines == 2)
    }

    @Test func `line numbers begin where they are told to`() throws {
        let batch = try decode(Array("x\n\ny".utf8), firstLine: 1_000)
        #expect(batch.invalidLines == [1_000, 1_002])
    }

    @Test func `a byte order mark is skipped before line 1 and nowhere else`() throws {
        #expect(try decode("\u{FEFF}" + line()).errors.isEmpty)
        #expect(try decode("\u{FEFF}\u{FEFF}" + line()).invalidLines == [1])
        #expect(try decode("\n\u{FEFF}" + line()).invalidLines == [2])
        #expect(try decode(Array(("\u{FEFF}" + line()).utf8), firstLine: 2).invalidLines == [2])
    }

    @Test(
        arguments: [
            "{}{}", line() + line(), line() + " {}", line() + ",", line() + "}", line() + "\0", "[]",
            "[" + line() + "]",
            "1", "\"a\"", "null", "true", "{", "}", "{\"event\":", "{\"event\"", "'" + line() + "'",
            "{event: 1}",
            line(adding: ","), line(adding: ", \"a\""), line(adding: ", \"a\": 01"),
            line(adding: ", \"a\": +1"),
            line(adding: ", \"a\": .5"), line(adding: ", \"a\": 1."), line(adding: ", \"a\": 1e"),
            line(adding: ", \"a\": -"), line(adding: ", \"a\": NaN"), line(adding: ", \"a\": nul"),
            line(adding: ", \"a\": truex"), line(adding: ", \"a\": [1,]"), line(adding: ", \"a\": [1 2]"),
            line(adding: ", \"a\": {\"b\" 1}"), line(adding: ", \"a\": [}"), line(adding: ", \"a\": 1e999x"),
            line(adding: ", \"a\": \"\\x41\""), line(adding: ", \"a\": \"\\u12\""),
            line(adding: ", \"a\": \"\t\""),
            line(adding: ", \"a\": \"\0\""), line(adding: ", \"a\" \u{0C}: 1"),
            line(adding: ", \"a\": \u{A0}1"),
            line(adding: ", \"a\": 1 // no"), line(adding: ", \"a\": 'b'"), line(adding: ", \"a\": \"b"),
        ]
    )
    func `a line that is not one JSON object is one error without a field`(text: String) throws {
        let batch = try decode(text)
        #expect(batch.errors.count == 1 && batch.errors.first?.field == nil, "\(batch.errors)")
        #expect(batch.invalidLines == [1] && batch.events.isEmpty && batch.lines == 1)
        #expect(batch.errors.first?.message.isEmpty == false)
    }

    @Test func `what follows an object is named`() throws {
        #expect(
            try decode("{}{}").errors.first?.message
                == "has another object at byte 3, which must begin a line of its own"
        )
        #expect(
            try decode("{} ,").errors.first?.message
                == "has a comma at byte 4, behind the object, where the line must end"
        )
        #expect(try decode("{}]").errors.first?.message == "has more behind the object, at byte 3")
    }

    @Test(arguments: ["{\"a\":1\n}", "{\n}", "{\"a\":\n1}", "{\"a\":[1\n]}", "{\"a\":\"b\n\"}"])
    func `an object over two lines is two errors`(text: String) throws {
        #expect(try decode(text).errors.map(\.field) == [nil, nil])
    }

    @Test func `bytes behind the body are never read as its content`() throws {
        for length in 1..<line().utf8.count {
            for padding in Array("}\"]1 \0".utf8) {
                let body = Array(line().utf8.prefix(length))
                #expect(
                    try decode(body, padding: padding).errors.map(\.field) == [nil],
                    "\(length) \(padding)"
                )
            }
        }
    }

    @Test(
        arguments: [
            "\\ud800", "\\udc00", "\\uDC00\\uD800", "\\ud800\\ud800", "\\ud800x", "\\ud800\\n", "\\uDBFF",
            "\\uD83D\\u0041",
        ]
    )
    func `an unpaired surrogate escape is an error wherever it is`(escape: String) throws {
        let wrong = [
            line(["player_id": "\"\(escape)\""]), line(adding: ", \"\(escape)\": 1"),
            line(adding: ", \"a\": \"\(escape)\""), line(adding: ", \"a\": [{\"\(escape)\": 1}]"),
            line(["event": "\"end\"", "country": "\"\(escape)\""]),
        ]
        for text in wrong {
            #expect(try decode(text).errors.map(\.field) == [nil], "\(text)")
            #expect(try decode(text).errors.first?.message.contains("surrogate") == true)
        }
        #expect(try decode(line(["player_id": #""\uD83D\uDE00""#])).errors.isEmpty)
        #expect(try decode(line(["player_id": #""\\ud800""#])).errors.isEmpty)
    }

    @Test(
        arguments: [
            [0xFF], [0x80], [0xC0, 0x80], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xE2, 0x82],
        ] as [[UInt8]]
    )
    func `invalid UTF-8 is an error wherever it is`(bytes: [UInt8]) throws {
        let templates = [
            line(["player_id": "\"?\""]), line(adding: ", \"?\": 1"), line(adding: ", \"a\": [\"?\"]"),
            line(["event": "\"end\"", "country": "\"?\""]), line() + " ?",
            line(adding: ", \"a\": \"?\", \"b\": 1e999"),
        ]
        for template in templates {
            let body = template.utf8.flatMap { $0 == UInt8(ascii: "?") ? bytes : [$0] }
            #expect(try decode(body).errors.map(\.field) == [nil], "\(template)")
        }
    }

    @Test(arguments: ["[", "{\"a\":"]) func `nesting may be 1,024 levels deep, the line's object included`(
        open: String
    ) throws {
        func nested(_ depth: Int, around inside: String) -> String {
            let close = open == "[" ? "]" : "}"
            return line(
                adding: ", \"x\": " + String(repeating: open, count: depth) + inside
                    + String(repeating: close, count: depth)
            )
        }
        // The innermost container with and without a value: simdjson tells them apart, the contract does not.
        for (inside, levels) in [("1", 1), ("{}", 2), ("[]", 2)] {
            for depth in [1_000, 1_022, 1_023, 1_024] {
                let errors = try decode(nested(depth - levels, around: inside)).errors
                #expect(errors.isEmpty, "\(depth) \(inside)")
            }
            for depth in [1_025, 1_026, 5_000] {
                let errors = try decode(nested(depth - levels, around: inside)).errors
                #expect(errors.first?.message.contains("1,024") == true, "\(depth) \(inside)")
            }
        }
    }

    @Test func `lines of any length are decoded`() throws {
        for length in [1_000, 65_000, 65_536, 65_537, 300_000] {
            let long = "\"" + String(repeating: "ä", count: length / 2) + "\""
            #expect(try decode(line(adding: ", \"x\": " + long) + "\n" + line()).events.count == 2)
            #expect(try decode(line(adding: ", \"x\": " + long.dropLast())).errors.map(\.field) == [nil])
        }
    }

    @Test func `too many events are counted and refused before anything is parsed`() throws {
        let limits = testLimits(events: 2)
        #expect(try decode("x\n\ny\n", limits: limits).lines == 2)
        #expect(throws: BatchFault.tooManyEvents(3)) { try decode("x\n\ny\n{}", limits: limits) }
    }

    @Test func `errors stop at the limit while invalid lines do not`() throws {
        let body = Array(repeating: "{}", count: 30).joined(separator: "\n")
        let batch = try decode(body, limits: testLimits(errors: 10))
        #expect(batch.errors.map(\.line) == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3])
        #expect(batch.invalidLines == Array(1...30))
    }
}
