import PlayerSessions
import SessionStoreTesting
import Testing

@testable import SessionService

struct TopSessionsTests {
    @Test(arguments: TestService.Transport.allCases)
    func `the answer is the contract's, latest end first, then by id`(
        transport: TestService.Transport
    ) async throws {
        try await TestService.run(transport) { service in
            let batch =
                start("p", "a", "FI", "2016-12-02T12:48:05.520022Z")
                + end("p", "a", "2016-12-02T12:49:05.520022Z")
                + start("p", "c", "us", "2016-12-02T12:00:00Z") + end("p", "c", "2016-12-02T12:50:00.5Z")
                + start("p", "b", "SE", "2016-12-02T12:50:00.5Z") + end("p", "b", "2016-12-02T12:50:00.5Z")
                + start("p", "open") + end("p", "ended")
            #expect(try await service.post("/batchevents", batch).status == 200)
            let expected =
                #"{"player_id": "p", "session_ids": ["b", "c", "a"], "sessions": ["#
                + #"{"session_id": "b", "country": "SE", "start": "2016-12-02T12:50:00.500000Z", "#
                + #""end": "2016-12-02T12:50:00.500000Z", "duration_seconds": 0}, "#
                + #"{"session_id": "c", "country": "US", "start": "2016-12-02T12:00:00.000000Z", "#
                + #""end": "2016-12-02T12:50:00.500000Z", "duration_seconds": 3000.5}, "#
                + #"{"session_id": "a", "country": "FI", "start": "2016-12-02T12:48:05.520022Z", "#
                + #""end": "2016-12-02T12:49:05.520022Z", "duration_seconds": 60}]}"#
            let answers = [
                try await service.post("/queryevents/topn", #"{"player_id": "p"}"#),
                try await service.post("/queryevents/topn", #"{"n": "20", "player_id": "p"}"#),
                try await service.get("/queryevents/topn?player_id=p&n=100"),
            ]
            for answer in answers {
                #expect(answer.status == 200)
                #expect(answer.contentType == "application/json")
                #expect(answer.text == expected)
            }
        }
    }

    @Test func `an unknown player has empty lists`() async throws {
        let answer = try await TestService().get("/queryevents/topn?player_id=nobody")
        #expect(answer.status == 200)
        #expect(answer.text == #"{"player_id": "nobody", "session_ids": [], "sessions": []}"#)
    }

    @Test func `n cuts the answer, and is 20 when left out`() async throws {
        let service = try TestService()
        for number in 0..<25 {
            _ = try await service.post("/batchevents", start("p", "s\(number)") + end("p", "s\(number)"))
        }
        let rows = [("", 20), ("&n=1", 1), ("&n=0025", 25), ("&n=100", 25)]
        for (parameter, count) in rows {
            let answer = try await service.get("/queryevents/topn?player_id=p\(parameter)")
            #expect((answer.json["session_ids"] as? [String])?.count == count, "\(parameter)")
        }
    }

    @Test(arguments: ["0", "101", "-1", "1.0", "1e1", "", "x", "99999999999999999999", "00101"])
    func `an n that is none is 400 and named`(limit: String) async throws {
        let service = try TestService()
        for answer in [
            try await service.get("/queryevents/topn?player_id=p&n=\(limit)"),
            try await service.post("/queryevents/topn", "{\"player_id\": \"p\", \"n\": \"\(limit)\"}"),
        ] {
            #expect(answer.status == 400)
            #expect(answer.detail.contains("n must be a whole number from 1 to 100"))
        }
    }

    @Test(arguments: [
        (#"\"\\\/"#, "%22%5C%2F", "\"\\/"),
        ("a b+c", "a+b%2Bc", "a b+c"),
        (#"\u2028\ud83d\ude00é"#, "%E2%80%A8%F0%9F%98%80%C3%A9", "\u{2028}😀é"),
        ("<&amp;>'", "%3C%26amp;%3E'", "<&amp;>'"),
        ("e\\u0301", "e%CC%81", "e\u{301}"),
    ])
    func `ids come back byte by byte, whatever they hold`(
        inJSON: String,
        inURL: String,
        plain: String
    ) async throws {
        let service = try TestService()
        let stored = try await service.post("/batchevents", start(inJSON, inJSON) + end(inJSON, inJSON))
        #expect(stored.status == 200)
        for answer in [
            try await service.post("/queryevents/topn", "{\"player_id\": \"\(inJSON)\"}"),
            try await service.get("/queryevents/topn?player_id=\(inURL)"),
        ] {
            let shown =
                [answer.json["player_id"] as? String] + (answer.json["session_ids"] as? [String] ?? [])
            #expect(shown.map { $0.map { Array($0.utf8) } } == [Array(plain.utf8), Array(plain.utf8)])
        }
    }

    @Test func `an id of 128 bytes is asked for and one of 129 is 400`() async throws {
        let service = try TestService()
        let longest = String(repeating: "é", count: 64)
        #expect(try await service.post("/queryevents/topn", "{\"player_id\": \"\(longest)\"}").status == 200)
        let answer = try await service.post("/queryevents/topn", "{\"player_id\": \"\(longest)x\"}")
        #expect(answer.status == 400)
        #expect(answer.detail.contains("128 bytes"))
    }
}
