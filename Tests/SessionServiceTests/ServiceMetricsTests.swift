import PlayerSessions
import Logging
import SessionStoreTesting
import Synchronization
import Testing

@testable import SessionService

struct ServiceMetricsTests {
    @Test func `requests are counted by route and status, and timed by route`() async throws {
        let service = try TestService()
        _ = try await service.post("/batchevents", start("p", "s"))
        _ = try await service.post("/batchevents", "x")
        _ = try await service.get("/queryevents/count?num_of_hours=1")
        _ = try await service.get("/a\"\nb")
        _ = try await service.get("/batchevents")
        let expected = [
            (#"requests_total{route="/batchevents",status="200"}"#, "1"),
            (#"requests_total{route="/batchevents",status="400"}"#, "1"),
            (#"requests_total{route="/batchevents",status="405"}"#, "1"),
            (#"requests_total{route="/queryevents/count",status="200"}"#, "1"),
            (#"requests_total{route="unknown",status="404"}"#, "1"),
            (#"request_duration_seconds_count{route="/queryevents/count"}"#, "1"),
            (#"request_duration_seconds_count{route="/batchevents"}"#, "3"),
        ]
        for (name, value) in expected {
            #expect(service.metric("player_sessions_" + name) == value, "\(name)")
        }
    }

    @Test func `events are counted as accepted, expired and rejected, with the fields that were wrong`()
        async throws
    {
        let service = try TestService(retention: Retention(days: 1))
        let batch =
            start("p", "s") + start("p", "t", "FI", "2000-01-01T00:00:00Z") + start("", "s", "1") + "x\n"
        _ = try await service.post("/batchevents", batch, headers: [("Prefer", "handling=lenient")])
        _ = try await service.post("/batchevents", batch)
        let expected = [
            ("events_accepted_total", "1"), ("events_expired_total", "1"), ("events_rejected_total", "4"),
            (#"event_errors_total{field="player_id"}"#, "2"), (#"event_errors_total{field="country"}"#, "2"),
            (#"event_errors_total{field="line"}"#, "2"), (#"event_errors_total{field="ts"}"#, "0"),
            ("batches_accepted_total", "1"), (#"batches_refused_total{reason="invalid-events"}"#, "1"),
            ("batch_events_sum", "1"), ("request_body_bytes_total", "\(2 * batch.utf8.count)"),
        ]
        for (name, value) in expected {
            #expect(service.metric("player_sessions_" + name) == value, "\(name)")
        }
    }

    @Test(arguments: [
        ("unsupported-encoding", "x", [("Content-Encoding", "br")]),
        ("body-too-large", String(repeating: "x", count: 70_000), []),
        ("too-many-events", String(repeating: "x\n", count: 11), []),
        ("corrupt-body", "x", [("Content-Encoding", "gzip")]),
        ("empty-batch", "\n", []),
    ])
    func `each refusal of a batch is counted by its reason`(
        reason: String,
        body: String,
        headers: [(String, String)]
    ) async throws {
        let service = try TestService()
        _ = try await service.post("/batchevents", body, headers: headers)
        #expect(service.metric("player_sessions_batches_refused_total{reason=\"\(reason)\"}") == "1")
    }

    @Test func `a body in chunks that is too large is counted like one that says its length`() throws {
        let service = try TestService()
        service.service.observe(.bodyTooLarge(path: "/batchevents", .post))
        service.service.observe(.bodyTooLarge(path: "/queryevents/topn", .post))
        let expected = [
            #"requests_total{route="/batchevents",status="413"}"#,
            #"requests_total{route="/queryevents/topn",status="413"}"#,
            #"request_duration_seconds_count{route="/batchevents"}"#,
            #"batches_refused_total{reason="body-too-large"}"#,
        ]
        for name in expected { #expect(service.metric("player_sessions_" + name) == "1", "\(name)") }
    }

    @Test(arguments: TestService.Transport.allCases)
    func `metrics are served as Prometheus' text`(transport: TestService.Transport) async throws {
        try await TestService.run(transport) { service in
            let answer = try await service.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text.contains(#"player_sessions_build_info{version="1.2.3",swift="6."#))
            #expect(answer.text.contains("\nprocess_start_time_seconds 1480683600\n"))
            if transport == .socket { #expect(answer.text.contains("\nplayer_sessions_connections 1\n")) }
        }
    }

    @Test func `what the server refuses by itself is counted by its reason`() throws {
        let service = try TestService()
        service.service.observe(.connectionRefused(.tooManyConnections))
        service.service.observe(.fault(.badRequest("text of a client")))
        service.service.observe(.fault(.badRequest("another text")))
        #expect(
            service.metric(#"player_sessions_connections_refused_total{reason="too-many-connections"}"#)
                == "1"
        )
        #expect(service.metric(#"player_sessions_http_faults_total{reason="bad-request"}"#) == "2")
    }

    @Test func `TLS on the plain port is counted, and the log has a line a minute at most`() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger { level, message, values in
            lines.withLock { $0.append("\(level) \(message) \(values.map { "\($0)=\($1)" })") }
        }
        let service = try TestService(logger: logger)
        for seconds: Int64 in [0, 1, 58, 1, 1] {
            service.clock.advance(microseconds: seconds * 1_000_000)
            service.service.observe(.tlsHandshake(client: "192.0.2.7"))
        }
        let logged = lines.withLock { $0 }
        #expect(logged.count == 2)
        #expect(
            logged.first?.hasPrefix("warning a client tried TLS on the plain HTTP port; use http://") == true
        )
        #expect(logged.map { $0.contains("client=192.0.2.7") } == [true, true])
        #expect(logged.last?.contains("left_out=2") == true)
        #expect(service.metric(#"player_sessions_http_faults_total{reason="tls-handshake"}"#) == "5")
    }

    @Test func `the process has memory and has used its processor`() throws {
        let service = try TestService()
        let memory = service.metric("process_resident_memory_bytes").flatMap { Double($0) }
        #expect((memory ?? 0) > 1_000_000)
        #expect((service.metric("process_cpu_seconds_total").flatMap { Double($0) } ?? 0) > 0)
    }
}
