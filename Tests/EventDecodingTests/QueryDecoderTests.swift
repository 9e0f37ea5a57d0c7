import EventDecoding
import Testing

struct QueryDecoderTests {
    @Test func `members keep their order, their duplicates and their numbers as written`() throws {
        let body = #"""
             {"num_of_hours": 0.1000000000000000000001, "until": "a\u00e4\n", "n": 1e999, "n": -0, "\u006e": "",
             "a": null, "b": [1, {"c": "\""}], "d": {}, "e": true, "f": false}
            """#
        let members = try decodeQuery(Array(body.utf8)).get()
        #expect(
            members == [
                QueryMember(name: "num_of_hours", value: .number("0.1000000000000000000001")),
                QueryMember(name: "until", value: .string(Array("aä\n".utf8))),
                QueryMember(name: "n", value: .number("1e999")),
                QueryMember(name: "n", value: .number("-0")),
                QueryMember(name: "n", value: .string([])),
                QueryMember(name: "a", value: .other("null")),
                QueryMember(name: "b", value: .other("an array")),
                QueryMember(name: "d", value: .other("an object")),
                QueryMember(name: "e", value: .other("true")),
                QueryMember(name: "f", value: .other("false")),
            ]
        )
    }

    @Test(arguments: ["{}", "\u{FEFF}{}", " \r\n{ \n} \t"]) func `an empty object has no members`(
        body: String
    ) {
        #expect(decodeQuery(Array(body.utf8)) == .success([]))
    }

    @Test(arguments: ["[]", "1", "\"a\"", "null", " [{}] ", "-1.5e3", "true", "[[]]"])
    func `JSON that is no object says so`(body: String) {
        #expect(decodeQuery(Array(body.utf8)) == .failure(.notAnObject))
    }

    @Test(
        arguments: [
            ("", false), (" \n", false), ("\u{FEFF}", false), ("num_of_hours=24", false), ("{\"a\":1", false),
            ("{\"a\":1}}", false), ("{\"a\":0a2d}", false), ("[1", false), ("{\"a\":01}", false),
            ("{,}", false),
            ("{\"a\":\"\\ud800\"}", false), ("{num_of_hours: 24}", true), ("{player_id:0a2d}", true),
            ("{", true),
            ("{num_of_hours:", true), ("'{\"a\":1}'", true), ("'{num_of_hours:", true), (" { 'a': 1}", true),
            ("{\\\"a\\\": 1}", true), ("{_a:1}", true),
        ]
    )
    func `a body that is not JSON says why, and whether a shell seems to have unquoted it`(
        body: String,
        looksUnquoted: Bool
    ) throws {
        guard case .failure(.notJSON(let reason, let unquoted)) = decodeQuery(Array(body.utf8)) else {
            Issue.record("\(body) was taken")
            return
        }
        #expect(!reason.isEmpty && unquoted == looksUnquoted, "\(reason)")
    }

    @Test func `an empty body is told to be empty`() {
        #expect(decodeQuery([]) == .failure(.notJSON(reason: "is empty", looksUnquoted: false)))
    }

    @Test func `members are bounded`() throws {
        func body(_ count: Int) -> [UInt8] {
            Array(("{" + Array(repeating: "\"a\":1", count: count).joined(separator: ",") + "}").utf8)
        }
        #expect(try decodeQuery(body(QueryDecoder.maximumMembers)).get().count == QueryDecoder.maximumMembers)
        #expect(decodeQuery(body(QueryDecoder.maximumMembers + 1)) == .failure(.tooManyMembers))
    }
}
