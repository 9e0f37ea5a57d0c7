import FairSharing
import PlayerSessions
import SessionStoreTesting
import Testing

@testable import SessionService

/// What holds for both queries.
struct QueryTests {
    @Test(arguments: [
        ("/queryevents/count", "num_of_hours: 24", "not JSON"),
        ("/queryevents/count", "{num_of_hours: 24}", "-d '{\"num_of_hours\": \"24\"}'"),
        ("/queryevents/topn", "{player_id: p}", "-d '{\"player_id\": "),
        ("/queryevents/count", "", "not JSON"),
        ("/queryevents/count", "[1]", "object"),
        ("/queryevents/count", "{}", "num_of_hours is missing"),
        ("/queryevents/topn", "{}", "player_id is missing"),
        ("/queryevents/count", #"{"num_of_hours": 1, "hours": 2}"#, "\"hours\" is unknown"),
        ("/queryevents/topn", #"{"player_id": "p", "N": 2}"#, "\"N\" is unknown"),
        ("/queryevents/count", #"{"num_of_hours": 1, "num_of_hours": 1}"#, "num_of_hours is given twice"),
        ("/queryevents/topn", #"{"n": 1, "player_id": "p", "n": 1}"#, "n is given twice"),
        (
            "/queryevents/count", #"{"num_of_hours": 1, "until": 1480682885}"#,
            #"not a number; read as seconds since 1970, it is "2016-12-02T12:48:05.000000Z""#
        ),
        ("/queryevents/count", #"{"num_of_hours": 1, "until": null}"#, "until must be a string, not null"),
        ("/queryevents/count", #"{"num_of_hours": 1, "until": "2016-02-30T00:00:00Z"}"#, "until has day 30"),
        ("/queryevents/count", #"{"num_of_hours": 1, "until": "2016-12-02"}"#, "until must be an RFC 3339"),
        (
            "/queryevents/count", #"{"num_of_hours": 1, "until": "2016-12-02T12:00:00 02:00"}"#,
            "until must be"
        ),
        (
            "/queryevents/count", #"{"num_of_hours": 1, "country": "FIN"}"#,
            "country must be two ASCII letters or digits"
        ),
        (
            "/queryevents/count", #"{"num_of_hours": 1, "country": null}"#,
            "country must be a string, not null"
        ),
        ("/queryevents/count", #"{"num_of_hours": null}"#, "num_of_hours must be a number"),
        ("/queryevents/topn", #"{"player_id": 7}"#, "player_id must be a string"),
        ("/queryevents/topn", #"{"player_id": ""}"#, "player_id must not be empty"),
        ("/queryevents/topn", #"{"player_id": "a\u0000"}"#, "player_id must not contain control"),
        ("/queryevents/topn", #"{"player_id": "p", "n": []}"#, "n must be a number"),
    ])
    func `a body that is wrong is 400 and says what is wrong`(
        path: String,
        body: String,
        word: String
    ) async throws {
        let answer = try await TestService().post(path, body)
        #expect(answer.status == 400)
        #expect(answer.isProblem)
        #expect(answer.detail.contains(word), "\(answer.detail)")
    }

    @Test(arguments: [
        ("/queryevents/count", "num_of_hours is missing"),
        ("/queryevents/count?num_of_hours", "num_of_hours must be digits"),
        ("/queryevents/count?num_of_hours=1&num_of_hours=1", "num_of_hours is given twice"),
        ("/queryevents/count?num_of_hours=1&num%5Fof_hours=2", "num_of_hours is given twice"),
        ("/queryevents/count?num_of_hours=1&x=%zz", "x has a %"),
        ("/queryevents/count?num_of_hours=%", "num_of_hours has a %"),
        ("/queryevents/count?%f=1", "name of a parameter has a %"),
        ("/queryevents/count?num_of_hours=1&_=2", "\"_\" is unknown"),
        ("/queryevents/count?num_of_hours=1&=2", "\"\" is unknown"),
        ("/queryevents/count?num_of_hours=1&country=", "country must be two ASCII letters or digits"),
        ("/queryevents/topn?player_id=%FF", "player_id is not UTF-8"),
        ("/queryevents/topn?" + String(repeating: "%61&", count: 33), "more than 32 parameters"),
        ("/queryevents/topn?" + String(repeating: "%61&&", count: 32), "\"a\" is unknown"),
        ("/queryevents/topn?player_id=", "player_id must not be empty"),
        ("/queryevents/topn?player_id=a%0A", "player_id must not contain control"),
        ("/queryevents/topn?player_id=a&n=0", "n must be a whole number from 1 to 100"),
    ])
    func `a URL that is wrong is 400 and says what is wrong`(target: String, word: String) async throws {
        let answer = try await TestService().get(target)
        #expect(answer.status == 400)
        #expect(answer.isProblem)
        #expect(answer.detail.contains(word), "\(answer.detail)")
    }

    @Test func `a query's body has a limit of its own where that of batches is higher`() async throws {
        let service = try TestService(limits: ServiceLimits(maximumBodyBytes: 1_048_576))
        let query = #"{"num_of_hours": "24"}"#
        for (spaces, status) in [(65_536 - query.utf8.count, 200), (65_537 - query.utf8.count, 413)] {
            let body = query + String(repeating: " ", count: spaces)
            let answer = try await service.post("/queryevents/count", body)
            #expect(answer.status == status)
            if status == 413 {
                #expect(answer.detail.contains("65536 bytes, the most that a query may have"))
            }
        }
        let packed = try await service.send(
            "POST",
            "/queryevents/count",
            Packing.bomb(megabytes: 1),
            headers: [("Content-Encoding", "zstd")]
        )
        #expect(packed.status == 413 && packed.detail.contains("unpacks to more than 65536 bytes"))
    }

    @Test func `a query's body has a number of members at most`() async throws {
        let members = (0..<33).map { "\"\($0)\": 1" }.joined(separator: ", ")
        let answer = try await TestService().post("/queryevents/count", "{\(members)}")
        #expect(answer.status == 400 && answer.detail.contains("more than 32 members"))
    }

    @Test func `a POST takes no parameters in its URL`() async throws {
        let answer = try await TestService()
            .post("/queryevents/count?country=FI", #"{"num_of_hours": "24"}"#)
        #expect(answer.status == 400)
        #expect(answer.detail.contains("\"country\""))
        #expect(try await TestService().post("/queryevents/count?", #"{"num_of_hours": "24"}"#).status == 200)
    }

    @Test func `the body of a GET is passed over`() async throws {
        let answer = try await TestService()
            .send("GET", "/queryevents/count?num_of_hours=1", "x", headers: [("Content-Encoding", "br")])
        #expect(answer.status == 200)
    }

    @Test(arguments: ["text/plain", "application/json", "application/x-www-form-urlencoded"])
    func `a body is taken with any content type`(type: String) async throws {
        let answer = try await TestService()
            .post("/queryevents/count", #"{"num_of_hours": "24"}"#, headers: [("Content-Type", type)])
        #expect(answer.status == 200)
    }

    @Test func `a query's body may be packed`() async throws {
        let answer = try await TestService().send(
            "POST",
            "/queryevents/count",
            Packing.gzip(Array(#"{"num_of_hours": 24}"#.utf8)),
            headers: [("Content-Encoding", "gzip")]
        )
        #expect(answer.status == 200)
    }

    @Test func `an unknown name is cut in the answer`() async throws {
        let name = String(repeating: "é", count: 3_000)
        let answer = try await TestService().post("/queryevents/count", "{\"\(name)\": 1}")
        #expect(answer.status == 400)
        #expect(answer.body.count < 1_000)
    }

    @Test func `a GET's answer is for no cache to keep`() async throws {
        let answer = try await TestService().get("/queryevents/count?num_of_hours=1")
        #expect(answer["cache-control"] == "no-store")
    }

    @Test func `queries above the limit are 503 and may come again`() async throws {
        let service = try TestService()
        let clients = (1...2).map { QueryClient($0) }
        for client in clients {
            for _ in 0..<ServiceLimits.maximumConcurrentQueries / 2 {
                try service.service.queries.take(for: client)
            }
        }
        let refused = try await service.get("/queryevents/count?num_of_hours=1")
        #expect(refused.status == 503)
        #expect(refused.isProblem)
        #expect((1...3).contains(refused.retryAfter ?? 0))
        service.service.queries.give(of: clients[0])
        for _ in 0..<3 {
            #expect(try await service.get("/queryevents/topn?player_id=p").status == 200)
        }
        #expect(try await service.get("/queryevents/count?num_of_hours=1").status == 200)
    }

    @Test func `one client's queries leave room for those of others`() async throws {
        let service = try TestService()
        // The requests of a test service are those of client 0.
        for _ in 0..<ServiceLimits.maximumConcurrentQueriesOfClient {
            try service.service.queries.take(for: .local)
        }
        let refused = try await service.get("/queryevents/count?num_of_hours=1")
        #expect(refused.status == 503)
        #expect(refused.text.contains("for this address"))
        #expect(throws: Never.self) { try service.service.queries.take(for: QueryClient(7)) }
        service.service.queries.give(of: .local)
        #expect(try await service.get("/queryevents/count?num_of_hours=1").status == 200)
    }
}
