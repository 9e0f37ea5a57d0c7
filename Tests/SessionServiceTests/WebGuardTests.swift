import HTTPServer
import Testing

@testable import SessionService

struct WebGuardTests {
    typealias Headers = [(String, String)]

    static let page = "http://page.example"
    static let access = WebAccess(
        origins: ["https://dashboard.example.com", "http://localhost:3000"],
        hosts: ["sessions.example.com", "fd00::7"],
        listenHost: "Machine"
    )

    private func verdict(
        _ method: String,
        _ headers: Headers,
        _ access: WebAccess = WebAccess(),
        isLoopback: Bool = true
    ) -> String {
        let head = HTTPRequestHead(method: HTTPMethod(method), target: "/metrics", headers: headers)
        var webGuard = WebGuard(access, isLoopback: isLoopback)
        let verdicts = (0..<2).map { _ in
            switch webGuard.judge(head) {
            case .own: "own"
            case .allowed(let origin): origin
            case .refused(let problem): String(problem.kind.status)
            }
        }
        // What is remembered of one request changes nothing for the next.
        #expect(verdicts[0] == verdicts[1])
        return verdicts[0]
    }

    @Test(
        arguments: [
            ("POST", []), ("POST", [("User-Agent", "curl/7"), ("Accept", "*/*")]),
            ("POST", [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost:5000")]),
            // A browser knows better than Host, which a proxy may have changed.
            ("POST", [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://sessions.example.com")]),
            ("POST", [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")]),
            ("POST", [("Sec-Fetch-Site", "same-origin")]),
            ("GET", [("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")]),
            // Browsers that do not tell.
            ("POST", [("Origin", "http://localhost:5000")]), ("POST", [("Origin", "https://localhost:5000")]),
            // A link that a person follows.
            (
                "GET",
                [
                    ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
                    ("Sec-Fetch-Dest", "document"),
                ]
            ),
        ] as [(String, Headers)]
    )
    func `requests that no page of another origin sent are the caller's own`(method: String, headers: Headers)
    {
        #expect(verdict(method, headers + [("Host", "LOCALHOST:5000")]) == "own")
    }

    @Test(
        arguments: [
            [("Origin", page)], [("Origin", "null")], [("Origin", "")], [("Origin", "http://localhost")],
            [("Origin", "http://localhost:3000")], [("Origin", "http://127.0.0.1:5000")],
            [("Origin", "http://localhost:5000.page.example")], [("Origin", "ftp://localhost:5000")],
            [("Origin", "http://")],
            [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")],
            [("Sec-Fetch-Site", "new-word")],
            [("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "none"), ("Origin", page)], [("Sec-Fetch-Site", "none"), ("Origin", "null")],
            [("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost:5000")],
            [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://localhost:5000")],
            [("Origin", "http://localhost:5000"), ("Origin", page)],
            [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")],
            [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")],
            [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")],
        ] as [Headers]
    )
    func `a page of another origin is refused, by GET, too`(headers: Headers) {
        for method in ["GET", "POST", "OPTIONS"] {
            #expect(verdict(method, headers + [("Host", "localhost:5000")]) == "403", "\(method)")
        }
    }

    @Test func `a form that another page sends here is refused, though the browser goes along`() {
        let headers = [
            ("Host", "localhost"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
        ]
        #expect(verdict("POST", headers) == "403")
        #expect(verdict("POST", headers + [("Origin", "null")]) == "403")
    }

    @Test func `the default port of a scheme need not be written`() {
        #expect(
            verdict(
                "POST",
                [("Origin", "http://sessions.example.com"), ("Host", "sessions.example.com:80")],
                Self.access
            ) == "own"
        )
        #expect(
            verdict(
                "POST",
                [("Origin", "https://sessions.example.com"), ("Host", "sessions.example.com:443")],
                Self.access
            ) == "own"
        )
        #expect(
            verdict(
                "POST",
                [("Origin", "http://sessions.example.com"), ("Host", "sessions.example.com:443")],
                Self.access
            ) == "403"
        )
    }

    @Test(arguments: ["cross-site", "same-site", nil] as [String?])
    func `allowed origins are let in, and no other`(site: String?) {
        let headers: Headers = [("Host", "localhost:5000")] + (site.map { [("Sec-Fetch-Site", $0)] } ?? [])
        for origin in Self.access.origins {
            #expect(verdict("POST", headers + [("Origin", origin)], Self.access) == origin)
        }
        for origin in [
            "http://dashboard.example.com", "https://dashboard.example.com:444", "null", Self.page,
        ] {
            #expect(verdict("POST", headers + [("Origin", origin)], Self.access) == "403")
        }
        let any = WebAccess(allowsAnyOrigin: true)
        for origin in [Self.page, "null"] {
            #expect(verdict("POST", headers + [("Origin", origin)], any) == "*")
        }
        // An image has no Origin: nobody knows whether an allowed page shows it.
        if site != nil {
            #expect(verdict("GET", headers, Self.access) == "403")
            #expect(verdict("GET", headers, any) == "*")
        }
    }

    @Test(arguments: [
        ("localhost", true, true), ("127.0.0.1:5000", true, true), ("[::1]:1", true, true), ("", true, true),
        ("machine:5000", true, true), ("MACHINE.", true, true), ("Sessions.example.com:5000", false, true),
        ("[FD00::7]", false, true), ("stranger.example:5000", false, false), ("0.0.0.0:5000", false, false),
        ("10.0.0.1", false, false), ("sessions.example.com.stranger.example", false, false),
    ])
    func `a loopback listener answers to local names and to those that are allowed`(
        host: String,
        isLocal: Bool,
        isAllowed: Bool
    ) {
        let headers = [("Host", host)]
        let defaults = WebAccess(listenHost: "machine")
        #expect(verdict("GET", headers, defaults) == (isLocal ? "own" : "421"))
        #expect(verdict("GET", headers, Self.access) == (isAllowed ? "own" : "421"))
        // On other listeners only where hosts are named.
        #expect(verdict("GET", headers, defaults, isLoopback: false) == "own")
        #expect(verdict("GET", headers, Self.access, isLoopback: false) == (isAllowed ? "own" : "421"))
        #expect(verdict("GET", headers, WebAccess(allowsAnyHost: true)) == "own")
    }

    @Test func `a page that renamed its address to this machine's is refused, whatever it says`() {
        // DNS rebinding: for the browser the page and the service are of one origin.
        let headers = [
            ("Host", "page.example:5000"), ("Origin", "http://page.example:5000"),
            ("Sec-Fetch-Site", "same-origin"),
        ]
        #expect(verdict("POST", headers) == "421")
        #expect(verdict("GET", Array(headers.prefix(1))) == "421")
    }

    @Test func `what a page or a client writes is shown without control and format characters`() async throws
    {
        let service = try TestService()
        for (name, status) in [("Host", 421), ("Origin", 403)] {
            let answer = try await service.send(
                "GET",
                "/healthz",
                headers: [(name, "http://\u{202E}\u{7}x.example")]
            )
            #expect(answer.status == status)
            #expect(!answer.detail.unicodeScalars.contains("\u{202E}"))
            #expect(answer.detail.contains(#"\u{202e}\u{7}x.example"#), "\(answer.detail)")
        }
        let answer = try await service.send("GET", "/healthz", headers: [("Sec-Fetch-Site", "cross-site")])
        #expect(answer.status == 403)
        #expect(answer.detail.hasPrefix("A web page of another site sent this request, and its browser"))
    }

    @Test(arguments: TestService.Transport.allCases)
    func `refusals name the key, and are counted`(transport: TestService.Transport) async throws {
        try await TestService.run(transport) { service in
            let long = String(repeating: "long", count: 50) + ".example"
            for host in ["stranger.example", long] {
                let answer = try await service.send("GET", "/healthz", headers: [("Host", host)])
                #expect(answer.status == 421 && answer.isProblem)
                #expect(answer.json["type"] as? String == "urn:player-sessions:problem:host-not-allowed")
                #expect(answer.detail.contains("allowed_hosts") && answer.detail.contains(host.prefix(80)))
                #expect(answer.detail.utf8.count < 600)
            }
            let answer = try await service.post(
                "/batchevents",
                start("p", "s"),
                headers: [("Origin", Self.page)]
            )
            #expect(answer.status == 403 && answer.isProblem)
            #expect(answer.json["type"] as? String == "urn:player-sessions:problem:origin-not-allowed")
            #expect(answer.detail.contains("allowed_origins") && answer.detail.contains(Self.page))
            #expect(answer["access-control-allow-origin"] == nil)
            #expect(service.metric("player_sessions_events_accepted_total") == "0")
            #expect(
                service.metric("player_sessions_batches_refused_total{reason=\"origin-not-allowed\"}") == "1"
            )
            #expect(
                service.metric("player_sessions_requests_total{route=\"/healthz\",status=\"421\"}") == "2"
            )
        }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `an allowed page sees every answer, errors included`(transport: TestService.Transport) async throws {
        let origin = "http://localhost:3000"
        try await TestService.run(transport, access: Self.access) { service in
            for (method, path, body, status) in [
                ("POST", "/batchevents", start("p", "s"), 200), ("POST", "/batchevents", "x", 400),
                ("POST", "/batchevents", String(repeating: "x", count: 70_000), 413),
                ("GET", "/queryevents/count?num_of_hours=1", "", 200), ("GET", "/queryevents/count", "", 400),
                ("GET", "/metrics", "", 200), ("PUT", "/metrics", "", 405), ("GET", "/nothing", "", 404),
                ("OPTIONS", "/metrics", "", 405),
            ] {
                let answer = try await service.send(method, path, body, headers: [("Origin", origin)])
                #expect(answer.status == status, "\(method) \(path)")
                #expect(answer["access-control-allow-origin"] == origin, "\(method) \(path)")
                #expect(answer["access-control-expose-headers"]?.contains("Retry-After") == true)
                #expect(answer["vary"] == "Origin")
                let own = try await service.send(method, path, body)
                #expect(own.status == status && own["access-control-allow-origin"] == nil)
            }
        }
    }

    @Test func `what the server itself refuses an allowed page is seen, too, and not what comes after`()
        async throws
    {
        try await TestService.run(.socket, access: Self.access) { service in
            let answer = try await service.send(
                "POST",
                "/batchevents",
                "10001\r\n",
                headers: [("Origin", "http://localhost:3000"), ("Transfer-Encoding", "chunked")]
            )
            #expect(answer.status == 413)
            #expect(answer["access-control-allow-origin"] == "http://localhost:3000")
            let broken = try await service.send(
                "POST",
                "/batchevents",
                "wrong\r\n",
                headers: [("Origin", "http://localhost:3000"), ("Transfer-Encoding", "chunked")]
            )
            #expect(broken.status == 400)
            #expect(broken["access-control-allow-origin"] == "http://localhost:3000")
        }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `a preflight is answered for allowed origins`(transport: TestService.Transport) async throws {
        try await TestService.run(transport, access: Self.access) { service in
            func ask(_ path: String, _ headers: Headers) async throws -> Answer {
                try await service.send("OPTIONS", path, headers: headers)
            }
            let request = ("Access-Control-Request-Method", "POST")
            let origin = "https://dashboard.example.com"
            for (path, methods) in [("/batchevents", "POST"), ("/queryevents/count", "GET, HEAD, POST")] {
                let answer = try await ask(path, [request, ("Origin", origin)])
                #expect(answer.status == 204 && answer.body.isEmpty)
                #expect(answer["access-control-allow-origin"] == origin)
                #expect(answer["access-control-allow-methods"] == methods)
                #expect(answer["access-control-allow-headers"] == "Content-Type, Content-Encoding, Prefer")
                #expect(answer["access-control-max-age"] == "600")
                #expect(answer["vary"] == "Origin")
            }
            #expect(try await ask("/batchevents", [request, ("Origin", Self.page)]).status == 403)
            #expect(try await ask("/batchevents", [request]).status == 405)
            #expect(try await ask("/nothing", [request, ("Origin", origin)]).status == 404)
            #expect(
                service.metric("player_sessions_requests_total{route=\"/batchevents\",status=\"204\"}") == "1"
            )
        }
    }
}
