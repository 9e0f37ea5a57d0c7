import Testing

@testable import player_sessions

@Test(arguments: [
    #"{"accepted": 9, "expired": 1}"#, #"{"accepted":9,"expired":1}"#, #"{"expired": 1, "accepted": 9}"#,
    #"{"accepted":9,"expired":1,"rejected":[]}"#, #"{"accepted": 9, "expired": 1, "more": {"a": [1]}}"#,
])
func `the numbers of an answer are found in every spelling`(body: String) throws {
    let answer = try #require(BatchAnswer(Array(body.utf8)))
    #expect(answer.accepted == 9)
    #expect(answer.expired == 1)
    #expect((answer.rejected ?? []).isEmpty)
}

@Test func `rejected lines are read`() {
    let body =
        #"{"accepted":0,"expired":0,"rejected":[{"line":2,"field":"ts","message":"m"},{"line":3,"message":"n"}]}"#
    #expect(
        BatchAnswer(Array(body.utf8))?.rejected == [
            .init(line: 2, field: "ts", message: "m"), .init(line: 3, message: "n"),
        ]
    )
}

@Test(arguments: [
    "", "{}", "<html>", #"{"accepted":9}"#, #"{"accepted":-1e99,"expired":0}"#, #"{"accepted":1,"expired":2"#,
])
func `another body is no answer`(body: String) {
    #expect(BatchAnswer(Array(body.utf8)) == nil)
}

@Test func `a problem is one line`() {
    let body = #"{"title": "Bad request", "detail": "two\nlines", "status": 400}"#
    #expect(
        ServiceProblem.line(of: HTTPAnswer(status: 400, body: Array(body.utf8)))
            == "400 Bad request: two lines"
    )
    #expect(ServiceProblem.line(of: HTTPAnswer(status: 502, body: Array("<html>".utf8))) == "502")
}
