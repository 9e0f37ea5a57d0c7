import HTTPServer
import SessionStoreTesting
import Testing

@testable import SessionService

struct RoutingTests {
    static let paths = [
        "/batchevents", "/queryevents/count", "/queryevents/topn", "/healthz", "/readyz", "/metrics",
    ]

    @Test(arguments: TestService.Transport.allCases)
    func `an unknown path is 404, whatever the method`(transport: TestService.Transport) async throws {
        try await TestService.run(transport) { service in
            for path in [
                "/", "/batchevent", "/batchevents/", "/queryevents", "/BATCHEVENTS", "/a%zz", "/a%2",
                "/%2Fhealthz", "/%2fhealthz", "/queryevents%2Fcount", "/queryevents%2ftopn", "/healthz%3F",
                "/healthz%00",
            ] {
                for method in ["GET", "POST", "DELETE"] {
                    let answer = try await service.send(method, path)
                    #expect(answer.status == 404, "\(method) \(path)")
                    #expect(answer.isProblem)
                    #expect(answer.json["type"] as? String == "about:blank")
                }
            }
        }
    }

    @Test(
        arguments: TestService.Transport.allCases,
        [
            ("/batchevents", "POST", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]),
            ("/queryevents/count", "GET, HEAD, POST", ["PUT", "DELETE", "OPTIONS", "PATCH"]),
            ("/queryevents/topn", "GET, HEAD, POST", ["PUT", "DELETE"]),
            ("/healthz", "GET, HEAD", ["POST", "PUT"]),
            ("/readyz", "GET, HEAD", ["POST", "DELETE"]),
            ("/metrics", "GET, HEAD", ["POST"]),
        ]
    )
    func `a known path with another method is 405 and lists what it takes`(
        transport: TestService.Transport,
        row: (path: String, allow: String, methods: [String])
    ) async throws {
        try await TestService.run(transport) { service in
            for method in row.methods {
                let answer = try await service.send(method, row.path)
                #expect(answer.status == 405, "\(method)")
                #expect(answer["allow"] == row.allow)
                if method != "HEAD" { #expect(answer.isProblem) }
            }
        }
    }

    @Test func `HEAD answers like GET, without the body`() async throws {
        try await TestService.run(.socket) { service in
            for target in Self.paths.dropFirst() + ["/queryevents/count?num_of_hours=24"]
            where target != "/metrics" {
                let get = try await service.get(target)
                let head = try await service.send("HEAD", target)
                #expect(head.status == get.status, "\(target)")
                #expect(head["content-length"] == get["content-length"])
                #expect(head.contentType == get.contentType)
                #expect(head.body.isEmpty)
            }
        }
    }

    @Test func `a path may write its letters percent-encoded`() async throws {
        let service = try TestService()
        #expect(try await service.get("/%68ealthz").status == 200)
        #expect(try await service.send("DELETE", "/%6detrics").status == 405)
        #expect(
            service.metric(#"player_sessions_requests_total{route="/metrics",status="405"}"#) == "1"
        )
    }

    @Test(arguments: TestService.Transport.allCases)
    func `of several faults the first of 421, 403, 404, 405, 415, 413, 400 answers`(
        transport: TestService.Transport
    ) async throws {
        let wrong = String(repeating: "x", count: 70_000)
        let packed = [("Content-Encoding", "br")]
        let stranger = ("Host", "stranger.example")
        let page = ("Origin", "http://page.example")
        let rows: [(String, String, String, [(String, String)], Int)] = [
            ("DELETE", "/nowhere", wrong, packed + [stranger, page], 421),
            ("DELETE", "/nowhere", wrong, packed + [page], 403),
            ("POST", "/batchevents", "x", [stranger], 421),
            ("POST", "/batchevents", "x", [page], 403),
            ("DELETE", "/nowhere", wrong, packed, 404),
            ("PUT", "/batchevents", wrong, packed, 405),
            ("POST", "/batchevents", wrong, packed, 415),
            ("POST", "/queryevents/count", wrong, packed, 415),
            ("POST", "/batchevents", wrong, [], 413),
            ("POST", "/queryevents/topn", wrong, [], 413),
            // Too many lines, all of them wrong.
            ("POST", "/batchevents", String(repeating: "x\n", count: 11), [], 413),
            ("POST", "/batchevents", String(repeating: "x\n", count: 10), [], 400),
        ]
        try await TestService.run(transport) { service in
            for (method, path, body, headers, status) in rows {
                let answer = try await service.send(method, path, body, headers: headers)
                #expect(answer.status == status, "\(method) \(path)")
                #expect(answer.isProblem)
            }
        }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `healthz answers while the process lives`(transport: TestService.Transport) async throws {
        try await TestService.run(transport) { service in
            service.service.beginShutdown()
            let answer = try await service.get("/healthz")
            #expect(answer.status == 200)
            #expect(answer.contentType == "application/json")
            #expect(answer.text == #"{"status": "ok"}"#)
        }
    }

    @Test func `readyz tells importers the limits`() async throws {
        let limits = ServiceLimits(maximumBatchEvents: 500, maximumBodyBytes: 1_048_576)
        let answer = try await TestService(limits: limits).get("/readyz")
        #expect(answer.status == 200)
        #expect(
            answer.text == #"{"status": "ready", "max_batch_events": 500, "max_body_bytes": 1048576}"#
        )
    }

    @Test func `readyz is 503 with the reason while the store takes no writes`() async throws {
        let store = ModelStore()
        let service = try TestService(store: store)
        await store.close()
        let answer = try await service.get("/readyz")
        #expect(answer.status == 503)
        #expect(answer.isProblem)
        #expect(answer.detail.contains("the store is closed"))
        #expect((5...10).contains(answer.retryAfter ?? 0))
    }

    @Test func `while shutting down readyz and new batches are 503 and queries are served`() async throws {
        let service = try TestService()
        service.service.beginShutdown()
        for answer in [
            try await service.get("/readyz"), try await service.post("/batchevents", start("p", "s")),
        ] {
            #expect(answer.status == 503)
            #expect(answer.isProblem)
            #expect((5...10).contains(answer.retryAfter ?? 0))
        }
        #expect(try await service.get("/queryevents/count?num_of_hours=1").status == 200)
    }

    @Test(arguments: [
        (HTTPFault.tooManyConnections, "overloaded", 1...3),
        (.tooManyConnectionsOfAddress, "overloaded", 1...3),
        (.tooManyBytes, "overloaded", 1...3),
        (.shuttingDown, "shutting-down", 5...10),
    ])
    func `what the server refuses for now says when to come again`(
        fault: HTTPFault,
        type: String,
        retryAfter: ClosedRange<Int>
    ) throws {
        let answer = Answer(try TestService().service.renderFault(fault))
        #expect(answer.status == 503 && answer.isProblem)
        #expect(answer.json["type"] as? String == "urn:player-sessions:problem:\(type)")
        #expect(answer.retryAfter.map(retryAfter.contains) == true)
    }

    @Test func `a request that the server refuses gets a problem, too`() async throws {
        try await TestService.run(.socket) { service in
            let answer = try await service.send(
                "GET",
                "/healthz",
                headers: [("Big", String(repeating: "x", count: 20_000))]
            )
            #expect(answer.status == 431)
            #expect(answer.isProblem)
        }
    }
}
