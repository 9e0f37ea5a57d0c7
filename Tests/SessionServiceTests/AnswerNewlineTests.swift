import SessionStoreTesting
import Testing

@testable import SessionService

struct AnswerNewlineTests {
    @Test(arguments: [
        (
            "POST", "/batchevents",
            #"{"event": "end", "player_id": "p", "session_id": "s", "ts": "2016-01-01T00:00:00"}"#, 200
        ),
        ("POST", "/batchevents", "{}", 400), ("POST", "/batchevents", "", 400),
        ("POST", "/queryevents/count", #"{"num_of_hours": 1}"#, 200),
        ("POST", "/queryevents/count", "x", 400),
        ("GET", "/queryevents/topn?player_id=p", "", 200), ("GET", "/healthz", "", 200),
        ("GET", "/readyz", "", 200),
        ("GET", "/nothing", "", 404), ("PUT", "/batchevents", "", 405),
    ])
    func `every JSON body ends with one newline`(
        _ method: String,
        _ target: String,
        _ body: String,
        _ status: Int
    )
        async throws
    {
        let answer = try await TestService().send(method, target, body)
        #expect(answer.status == status)
        #expect(answer.body.suffix(2) == Array("}\n".utf8), "\(answer.text)")
    }
}
