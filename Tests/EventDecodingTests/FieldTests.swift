import EventDecoding
import PlayerSessions
import Testing

/// What the fields of an event may hold, and what is said of those that may not.
struct FieldTests {
    @Test func `fields may come in any order`() throws {
        let members = [
            #""ts":"2016-12-02T12:48:05.520022""#, #""event":"start""#, #""country":"FI""#,
            #""session_id":"s""#,
            #""player_id":"p""#,
        ]
        let expected = try decode(line()).events.events
        for shift in members.indices {
            let rotated = members[shift...] + members[..<shift]
            #expect(try decode("{" + rotated.joined(separator: ",") + "}").events.events == expected)
            #expect(
                try decode("{" + rotated.reversed().joined(separator: " , ") + "}").events.events == expected
            )
        }
    }

    @Test func `escapes are resolved in names and values`() throws {
        let escaped = #"""
            {"\u0065vent":"st\u0061rt","country":"\u0046I","pl\u0061yer_id":"\/\"\\\u00e4\uD83D\ude00",\#
            "session\u005Fid":"s","t\u0073":"2016-12-02T12\u003a48:05"}
            """#
        for text in [escaped, String(escaped.dropLast()) + #","x":1e999}"#] {
            let event = try #require(try decode(text).events.events.first)
            #expect(event.playerID.description == "/\"\\ä😀")
            #expect(event.sessionID.description == "s")
            #expect(event.timestamp.description == "2016-12-02T12:48:05.000000Z")
        }
    }

    @Test(
        arguments: [
            "null", "true", "false", "\"\"", "{}", "[]", "[[[]]]", "{\"event\": 1, \"event\": 2}", "-0",
            "1e999",
            "-1E+9999", "0.1e-99999", "123456789012345678901234567890", "18446744073709551616", "\"\\u0000\"",
            "-9223372036854775809", "1.7976931348623159e308", "[1e400, \"ä\"]", "\"\u{7F}\u{85}\"",
        ]
    )
    func `unknown fields may hold any valid JSON`(value: String) throws {
        let batch = try decode(line(adding: ", \"x\": \(value), \"x\": \(value), \"\": 1, \"Event\": 1"))
        #expect(batch.events.count == 1 && batch.errors.isEmpty)
    }

    @Test(arguments: ["null", "7", "\"\"", "\"ZZZ\"", "[]", "{\"a\": 1e999}", "true"])
    func `a country is ignored on an end, whatever it holds`(value: String) throws {
        let batch = try decode(line(["event": "\"end\"", "country": value]))
        #expect(batch.errors.isEmpty && batch.events.entries.first?.isStart == false)
    }

    @Test(arguments: ["player_id", "session_id"], ["", ", \"x\": 1e999"])
    func `ids are 1 to 128 bytes without control characters`(name: String, more: String) throws {
        let longest = [String(repeating: "x", count: 128), String(repeating: "ä", count: 64)]
        for good in ["x", " ", "\u{A0}", "\u{C2}", "😀", "\\u00a0", "\\/"] + longest {
            #expect(try decode(line([name: "\"\(good)\""], adding: more)).errors.isEmpty, "\(good)")
        }
        let controls = ["\\u0000", "\\n", "\\u001f", "\u{7F}", "\u{80}", "a\u{9F}", "\\u0085"]
        for bad in ["", longest[0] + "x", longest[1] + "x"] + controls {
            let errors = try decode(line([name: "\"\(bad)\""], adding: more)).errors
            #expect(errors.map(\.field?.rawValue) == [name], "\(bad)")
        }
    }

    @Test func `ids are kept byte by byte`() throws {
        let composed = try decode(line(["player_id": "\"\u{E9}\""])).events.events
        let decomposed = try decode(line(["player_id": "\"e\u{301}\""])).events.events
        #expect(composed.first?.playerID.bytes == [0xC3, 0xA9])
        #expect(decomposed.first?.playerID.bytes == [0x65, 0xCC, 0x81])
    }

    @Test(arguments: [
        ("fi", "FI"), ("Us", "US"), ("zz", "ZZ"), ("\\u0041A", "AA"), ("T1", "T1"), ("a2", "A2"),
        ("5a", "5A"),
        ("EU", "EU"), ("xx", "XX"),
    ])
    func `a country is two ASCII letters or digits, kept in upper case`(text: String, kept: String) throws {
        let entry = try #require(try decode(line(["country": "\"\(text)\""])).events.entries.first)
        #expect(CountryCode(rawValue: entry.country)?.description == kept)
    }

    @Test(
        arguments: [
            ("event", "\"Start\"", "must be \"start\" or \"end\""), ("event", "\"start \"", "must be"),
            ("event", "\"\\u0000end\"", "must be"), ("event", "\"\"", "must be"),
            ("event", "1", "not a number"),
            ("event", nil, "is missing; must be \"start\" or \"end\""), ("player_id", nil, "is missing"),
            ("player_id", "12", "must be a string, not a number"), ("player_id", "null", "not null"),
            ("session_id", nil, "is missing"), ("session_id", "[\"s\"]", "not an array"),
            ("session_id", "{}", "not an object"), ("session_id", "1e999", "not a number"),
            ("ts", nil, "is missing"),
            (
                "ts", "1480682885",
                "in quotes, not a number; read as seconds since 1970, it is \"2016-12-02T12:48:05.0"
            ),
            ("ts", "1480682885520.0", "not a number; read as milliseconds since 1970"),
            ("ts", "-0", "in quotes, not a number"), ("ts", "1e999", "in quotes, not a number"),
            ("ts", "\"1480682885520022\"", "not a number; read as microseconds since 1970"),
            ("ts", "null", "must be a string, not null"), ("ts", "\"2016-12-02\"", "RFC 3339"),
            ("ts", "\"\"", "RFC 3339"),
            ("ts", "\"2016-02-30T00:00:00\"", "has day 30"),
            ("ts", "\"2016-12-02T12:48:05+24:00\"", "has offset +24:00"),
            ("ts", "\"1969-12-31T23:59:59\"", "1970 to 2261"),
            ("country", nil, "is missing"), ("country", "\"F\"", "two ASCII letters or digits"),
            ("country", "\"FIN\"", "two"),
            ("country", "\"11\"", "at least one of them a letter"), ("country", "\"Ä\"", "two"),
            ("country", "true", "must be a string, not true"),
            ("country", "false", "not false"), ("country", "null", "not null"),
        ] as [(String, String?, String)]
    )
    func `a wrong field is named, with what is wrong and what would be right`(
        name: String,
        value: String?,
        expected: String
    ) throws {
        let batch = try decode(line([name: value]) + "\n" + line())
        #expect(batch.errors.map(\.field?.rawValue) == [name])
        #expect(batch.errors.first?.message.contains(expected) == true, "\(batch.errors)")
        #expect(batch.invalidLines == [1] && batch.events.count == 1 && batch.lines == 2)
    }

    @Test(
        arguments: [
            ("player_id", "playerId"), ("player_id", "playerid"), ("player_id", "PlayerID"),
            ("player_id", "player"),
            ("player_id", "user_id"), ("session_id", "sessionId"), ("session_id", "Session-Id"),
            ("ts", "timestamp"),
            ("ts", "TS"), ("ts", "time"), ("ts", "eventTime"), ("event", "type"), ("event", "Event"),
            ("event", "event_type"), ("country", "Country"), ("country", "countryCode"), ("ts", "t\\u0069me"),
        ]
    )
    func `a missing field asks whether a member of nearly its name was meant`(
        field: String,
        name: String
    ) throws {
        let value = field == "event" ? "\"end\"" : field == "ts" ? "1480682885" : "\"FI\""
        let batch = try decode(line([field: nil], adding: ", \"\(name)\": \(value)"))
        let shown = name.replacing("\\u0069", with: "i")
        let message = "is missing; did you mean \"\(field)\" where the line has \"\(shown)\"?"
        #expect(batch.errors.map(\.message) == [message])
    }

    @Test func `a name is only asked about where a field is missing, and if it is near`() throws {
        #expect(try decode(line(adding: ", \"playerId\": \"x\", \"timestamp\": 1")).errors.isEmpty)
        for name in [
            "players", "id", "name", "player_id2", "", String(repeating: "_", count: 40) + "playerid",
        ] {
            let batch = try decode(line(["player_id": nil], adding: ", \"\(name)\": \"x\""))
            #expect(
                batch.errors.map(\.message) == ["is missing; must be a string of 1 to 128 bytes"],
                "\(name)"
            )
        }
        let both = line(["player_id": nil], adding: ", \"user\": 1, \"playerId\": 2, \"uid\": 3")
        #expect(try decode(both).errors.first?.message.contains("\"playerId\"") == true)
    }

    @Test(arguments: EventField.allCases, [("start", ""), ("end", ""), ("start", ", \"x\": 1e999")])
    func `a known field given twice is an error, even with the same value or another spelling`(
        field: EventField,
        kind: (event: String, more: String)
    ) throws {
        let (event, more) = kind
        let plain = field.rawValue
        let escaped = "\\u00" + String(plain.utf8.first ?? 0, radix: 16) + plain.dropFirst()
        let values = [EventField.event: "\"\(event)\"", .ts: "\"2016-12-02T12:48:05\"", .country: "\"FI\""]
        for name in [plain, escaped] {
            let once = ", \"\(name)\": \(values[field] ?? "\"p\"")"
            for times in 1...3 {
                let twice = line(
                    ["event": "\"\(event)\""],
                    adding: String(repeating: once, count: times) + more
                )
                let errors = try decode(twice).errors
                #expect(errors == [LineError(line: 1, field: field, message: "is given twice")], "\(twice)")
            }
        }
    }

    @Test func `every error of every line is told, in the order of lines and of the table`() throws {
        let wrong = #"{"country": 1, "ts": "x", "session_id": "", "player_id": null, "event": "start"}"#
        let batch = try decode(wrong + "\n" + line() + "\n{\n" + "{}\n" + #"{"event": 1, "country": 5}"#)
        let told = batch.errors.map { "\($0.line) \($0.field?.rawValue ?? "-")" }
        #expect(
            told == [
                "1 player_id", "1 session_id", "1 ts", "1 country", "3 -", "4 event", "4 player_id",
                "4 session_id",
                "4 ts", "5 event", "5 player_id", "5 session_id", "5 ts",
            ]
        )
        #expect(batch.invalidLines == [1, 3, 4, 5] && batch.lines == 5 && batch.events.count == 1)
    }

    @Test func `a ts may lie as far in the future as the clock skew allows and no further`() throws {
        func ts(_ offset: Int64) -> String {
            line(["ts": "\"\(Timestamp(microseconds: now.microseconds + offset))\""])
        }
        let skew = 90 * Microseconds.perSecond
        let limits = testLimits(skewSeconds: 90)
        #expect(try decode(ts(skew), limits: limits).errors.isEmpty)
        let error = try #require(try decode(ts(skew + 1), limits: limits).errors.first)
        #expect(error.field == .ts)
        #expect(error.message == "is more than 90 seconds in the future (max_clock_skew_seconds)")
        let boundless = DecodingLimits(maximumEvents: 1, maximumClockSkewMicroseconds: .max)
        #expect(try decode(line(["ts": "\"2261-12-31T23:59:59.999999\""]), limits: boundless).errors.isEmpty)
    }
}
