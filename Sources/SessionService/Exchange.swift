import HTTPServer
import PlayerSessions

/// One whole request that waits for its answer: everything that is answered goes through here, and is counted.
struct Exchange: Sendable {
    let service: SessionService
    let route: Route
    let method: HTTPMethod
    let begin = ContinuousClock.now
    let respond: HTTPResponder

    /// Who asks, where clients take turns.
    var client: QueryClient { QueryClient(respond.client) }

    func answer(_ response: HTTPResponse) {
        service.record(method, route, status: response.status, after: ContinuousClock.now - begin)
        respond(response)
    }

    /// Answers 200 with a JSON object, which no cache may keep: it tells of the present.
    func answer(headers: [(String, String)] = [], _ members: (inout JSONWriter) -> Void) {
        answer(
            HTTPResponse(
                status: 200,
                contentType: "application/json",
                headers: method == .post ? headers : headers + [("Cache-Control", "no-store")],
                body: JSONWriter.object(members)
            )
        )
    }

    /// Answers an error.
    func answer(_ problem: Problem) {
        answer(problem.response(service.retryDelays))
    }
}
