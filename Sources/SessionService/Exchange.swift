import HTTPServer
import PlayerSessions

/// A complete request that waits for its response; every response goes through here and is counted.
struct Exchange: Sendable {
    let service: SessionService
    let route: Route
    let method: HTTPMethod
    let begin = ContinuousClock.now
    let respond: HTTPResponder

    /// The client, for fair scheduling.
    var client: QueryClient { QueryClient(respond.client) }

    func answer(_ response: HTTPResponse) {
        service.record(method, route, status: response.status, after: ContinuousClock.now - begin)
        respond(response)
    }

    /// Responds with 200 and a JSON object, which caches must not keep: it describes the present.
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

    func answer(_ problem: Problem) {
        answer(problem.response(service.retryDelays))
    }
}
