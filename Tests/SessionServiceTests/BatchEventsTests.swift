import PlayerSessions
import SessionStoreTesting
import Testing

@testable import SessionService

struct BatchEventsTests {
    private let lenient = [("Prefer", "handling=lenient")]

    @Test(arguments: TestService.Transport.allCases)
    func `a batch is stored, and a retry gets the same answer`(
        transport: TestService.Transport
    ) async throws {
        try await TestService.run(transport) { service in
            let batch = start("p", "s") + end("p", "s") + "\r\n  \n" + start("q", "s", "us")
            for _ in 0..<2 {
                let answer = try await service.post("/batchevents", batch)
                #expect(answer.status == 200)
                #expect(answer.contentType == "application/json")
                #expect(answer.text == #"{"accepted": 3, "expired": 0}"#)
                #expect(answer["preference-applied"] == nil)
            }
            let count = try await service.get("/queryevents/count?num_of_hours=24")
            #expect(count.json["count"] as? [String: Int] == ["FI": 1, "US": 1])
        }
    }

    @Test(arguments: ["text/plain", "application/x-ndjson", "application/x-www-form-urlencoded", "?"])
    func `any content type is taken`(type: String) async throws {
        let answer = try await TestService()
            .post("/batchevents", start("p", "s"), headers: [("Content-Type", type)])
        #expect(answer.status == 200)
    }

    @Test func `the URL's parameters are passed over`() async throws {
        #expect(try await TestService().post("/batchevents?x=%", start("p", "s")).status == 200)
    }

    @Test(arguments: ["", "\n", " \r\n\t\n", "\u{FEFF}\n"])
    func `a batch of no events is 400`(body: String) async throws {
        let service = try TestService()
        for headers in [[], lenient] {
            let answer = try await service.post("/batchevents", body, headers: headers)
            #expect(answer.status == 400)
            #expect(answer.isProblem)
            #expect(answer.json["type"] as? String == "urn:player-sessions:problem:empty-batch")
        }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `every error of every line is listed, and nothing is stored`(
        transport: TestService.Transport
    ) async throws {
        try await TestService.run(transport) { service in
            let batch =
                start("p", "s") + #"{"event": "stop", "player_id": "", "session_id": "s", "ts": "x"}"#
                + "\n\n"
                + "nonsense\n" + start("p", "t", "FIN")
            let answer = try await service.post("/batchevents", batch)
            #expect(answer.status == 400)
            #expect(answer.isProblem)
            #expect(answer.errors() == ["2 event", "2 player_id", "2 ts", "4", "5 country"])
            #expect(answer.detail.contains("3 of 4 lines are wrong"))
            let count = try await service.get("/queryevents/count?num_of_hours=24")
            #expect(count.json["total"] as? Int == 0)
        }
    }

    @Test func `the list of errors stops at 100`() async throws {
        let service = try TestService(limits: ServiceLimits(maximumBatchEvents: 1_000))
        let batch = String(repeating: "{}\n", count: 500)
        #expect(try await service.post("/batchevents", batch).errors()?.count == 100)
        let answer = try await service.post("/batchevents", batch, headers: lenient)
        #expect(answer.errors("rejected")?.count == 100)
    }

    @Test(arguments: TestService.Transport.allCases)
    func `lenient handling stores the valid lines and lists the others`(
        transport: TestService.Transport
    ) async throws {
        try await TestService.run(transport) { service in
            let rows: [(body: String, accepted: Int, rejected: [String])] = [
                (start("p", "s") + "x\n" + start("q", "t"), 2, ["2"]),
                ("x\n" + start("", "t"), 0, ["1", "2 player_id"]),
                (start("p", "s"), 1, []),
            ]
            for (body, accepted, rejected) in rows {
                let answer = try await service.post("/batchevents", body, headers: lenient)
                #expect(answer.status == 200)
                #expect(answer["preference-applied"] == "handling=lenient")
                #expect(answer.text.hasPrefix(#"{"accepted": \#(accepted), "expired": 0, "rejected": ["#))
                #expect(answer.errors("rejected") == rejected)
            }
            #expect(try await service.get("/queryevents/count?num_of_hours=24").json["total"] as? Int == 2)
        }
    }

    @Test func `events at or before now less the retention are expired, and not accepted`() async throws {
        let service = try TestService(retention: Retention(days: 1))
        let batch =
            start("p", "s1", "FI", "2016-12-01T13:00:00Z")
            + start("p", "s2", "FI", "2016-12-01T13:00:00.000001Z")
            + end("p", "s3", "2016-12-01T12:00:00Z")
        let answer = try await service.post("/batchevents", batch)
        #expect(answer.text == #"{"accepted": 1, "expired": 2}"#)
        let expired = try await service.post("/batchevents", end("p", "s3", "2016-12-01T12:00:00Z"))
        #expect(expired.text == #"{"accepted": 0, "expired": 1}"#)
    }

    @Test func `an expired line with an error is an error`() async throws {
        let service = try TestService(retention: Retention(days: 1))
        let answer = try await service.post("/batchevents", start("p", "s", "1", "1999-12-31T00:00:00Z"))
        #expect(answer.errors() == ["1 country"])
    }

    @Test func `a start further ahead than the clock skew is an error`() async throws {
        let service = try TestService(limits: ServiceLimits(maximumClockSkew: Microseconds.perHour))
        let ahead = try await service.post("/batchevents", start("p", "s", "FI", "2016-12-02T14:00:00Z"))
        #expect(ahead.status == 200)
        let tooFar = try await service.post(
            "/batchevents",
            start("p", "s", "FI", "2016-12-02T14:00:00.000001Z")
        )
        #expect(tooFar.errors() == ["1 ts"])
    }

    @Test(arguments: TestService.Transport.allCases)
    func `a batch of too many events says how to raise the limit and what takes whole files`(
        transport: TestService.Transport
    ) async throws {
        try await TestService.run(transport) { service in
            let ten = (0..<10).map { start("p", "s\($0)") }.joined()
            #expect(try await service.post("/batchevents", ten).status == 200)
            for headers in [[], lenient] {
                let answer = try await service.post("/batchevents", ten + "x", headers: headers)
                #expect(answer.status == 413)
                #expect(answer.isProblem)
                let words = [
                    "11 events", "up to 10 ", "max_batch_events", "--max-batch-events",
                    "PLAYER_SESSIONS_MAX_BATCH_EVENTS", "player-sessions import",
                ]
                for word in words { #expect(answer.detail.contains(word), "\(word)") }
            }
        }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `a body over the limit names the limit and its key, as sent and as unpacked`(
        transport: TestService.Transport
    ) async throws {
        let limits = ServiceLimits(maximumBodyBytes: 2_000)
        let large = Array(start("p", "s").utf8) + [UInt8](repeating: 0x20, count: 2_000)
        try await TestService.run(transport, limits: limits) { service in
            let answers = [
                try await service.send("POST", "/batchevents", large),
                try await service.send("POST", "/queryevents/count", large),
                try await service.send(
                    "POST",
                    "/batchevents",
                    Packing.bomb(megabytes: 64),
                    headers: [("Content-Encoding", "zstd")]
                ),
            ]
            for answer in answers {
                #expect(answer.status == 413)
                #expect(answer.isProblem)
                #expect(answer.detail.contains("2000 bytes"))
                #expect(answer.detail.contains("max_body_bytes"))
            }
            let fits = large.prefix(2_000)
            #expect(try await service.send("POST", "/batchevents", fits).status == 200)
        }
    }

    @Test func `a chunked body over the limit gets the same answer`() async throws {
        try await TestService.run(.socket, limits: ServiceLimits(maximumBodyBytes: 2_000)) { service in
            let spaces = String(repeating: " ", count: 0x1000)
            let answer = try await service.post(
                "/batchevents",
                "1000\r\n\(spaces)\r\n0\r\n\r\n",
                headers: [("Transfer-Encoding", "chunked")]
            )
            #expect(answer.status == 413)
            #expect(answer.detail.contains("max_body_bytes"))
        }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `packed bodies are understood`(transport: TestService.Transport) async throws {
        let first = Array(start("p", "s").utf8)
        let second = Array(end("p", "s").utf8)
        let rows: [(String, [UInt8])] = [
            ("gzip", Packing.gzip(first + second)),
            ("X-GZip", Packing.gzip(first + second)),
            ("gzip", Packing.gzip(first) + Packing.gzip(second)),
            (" zstd ", Packing.zstd(first + second)),
            ("identity", first + second),
            ("", first + second),
        ]
        try await TestService.run(transport) { service in
            for (encoding, body) in rows {
                let answer = try await service.send(
                    "POST",
                    "/batchevents",
                    body,
                    headers: [("Content-Encoding", encoding)]
                )
                #expect(answer.text == #"{"accepted": 2, "expired": 0}"#, "\(encoding)")
            }
        }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `a body that does not unpack, or has bytes left over, is 400`(
        transport: TestService.Transport
    ) async throws {
        let line = Array(start("p", "s").utf8)
        let bodies: [(String, [UInt8])] = [
            ("gzip", line), ("gzip", []), ("gzip", Packing.gzip(line).dropLast()),
            ("gzip", Packing.gzip(line) + [0]), ("zstd", Packing.zstd(line) + [1]),
            ("zstd", Packing.gzip(line)),
        ]
        try await TestService.run(transport) { service in
            for (encoding, body) in bodies {
                let answer = try await service.send(
                    "POST",
                    "/batchevents",
                    body,
                    headers: [("Content-Encoding", encoding)]
                )
                #expect(answer.status == 400)
                #expect(answer.isProblem)
                #expect(answer.json["type"] as? String == "urn:player-sessions:problem:corrupt-body")
            }
        }
    }

    @Test(
        arguments: TestService.Transport.allCases,
        [["br"], ["gzip, gzip"], ["gzip", "zstd"], ["identity, gzip"], ["bzip2"], ["gz ip"]]
    )
    func `other encodings, and several at once, are 415 and say what is understood`(
        transport: TestService.Transport,
        values: [String]
    ) async throws {
        try await TestService.run(transport) { service in
            let headers = values.map { ("Content-Encoding", $0) }
            for path in ["/batchevents", "/queryevents/count"] {
                let answer = try await service.post(path, start("p", "s"), headers: headers)
                #expect(answer.status == 415)
                #expect(answer.isProblem)
                #expect(answer["accept-encoding"] == "gzip, zstd, identity")
            }
        }
    }
}
