import HTTPServer

/// Handles the requests of one loop: finds the route and calls its endpoint.
final class RequestHandler: HTTPHandler {
    private let service: SessionService
    private var webGuard: WebGuard
    private let batchBodies: Bodies
    private let queryBodies: Bodies
    private let batchEvents: BatchEventsEndpoint
    private let count: QueryEndpoint<CountQuery>
    private let latestSessions: QueryEndpoint<LatestSessionsQuery>

    init(_ service: SessionService) {
        self.service = service
        webGuard = service.webGuard
        batchBodies = Bodies(.ofBatches(service.limits), service.retryDelays)
        queryBodies = Bodies(.ofQueries(service.limits), service.retryDelays)
        let queries = QueryReader(BodyReader(limit: .ofQueries(service.limits)))
        batchEvents = BatchEventsEndpoint(service)
        count = QueryEndpoint(service, queries)
        latestSessions = QueryEndpoint(service, queries)
    }

    /// Returns whether the request is a probe.
    ///
    /// Probes are served even beyond the connection limits, so that an operator sees that the service runs and why it
    /// refuses.
    func servesBeyondLimits(_ head: HTTPRequestHead) -> Bool {
        switch Route(head) {
        case .health, .readiness, .metrics: head.method == .get || head.method == .head
        default: false
        }
    }

    /// Refuses what the head alone shows to be wrong, in the contract's order: 421, 403, 404, 405, 415, 413.
    func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
        let route = Route(head)
        switch webGuard.judge(head) {
        case .own: return admit(head, to: route, headers: [])
        case .refused(let problem): return refuse(problem, head.method, route, [])
        case .allowed(let origin):
            if CORS.isPreflight(head), route != .unknown {
                let response = CORS.preflight(route, origin: origin)
                service.record(head.method, route, status: response.status, after: .zero)
                return .answer(response)
            }
            return admit(head, to: route, headers: CORS.headers(origin: origin))
        }
    }

    private func admit(
        _ head: HTTPRequestHead,
        to route: Route,
        headers: [(String, String)]
    ) -> HTTPAdmission {
        if route == .unknown { return refuse(.unknownPath, head.method, route, headers) }
        guard route.takes(head.method) else {
            return refuse(.method(head.method, of: route), head.method, route, headers)
        }
        if head.method == .post, case .unsupported(let text) = ContentEncoding(head) {
            return refuse(.encoding(text), head.method, route, headers)
        }
        let bodies = route == .batchEvents ? batchBodies : queryBodies
        if let length = head.contentLength, length > bodies.limit {
            return refuse(bodies.tooLarge, head.method, route, headers)
        }
        // A chunked body may turn out too large later; the server then sends the response given here.
        return .body(limit: bodies.limit, tooLarge: bodies.tooLargeResponse, headers: headers)
    }

    func handle(_ head: HTTPRequestHead, body: UnsafeRawBufferPointer, respond: HTTPResponder) {
        let route = Route(head)
        let exchange = Exchange(service: service, route: route, method: head.method, respond: respond)
        service.metrics.requestBytes.increment(by: UInt64(body.count))
        switch route {
        case .batchEvents: unsafe batchEvents.handle(head, body, exchange)
        case .count: unsafe count.handle(head, body, exchange)
        case .latestSessions: unsafe latestSessions.handle(head, body, exchange)
        case .health: HealthEndpoint.handle(exchange)
        case .readiness: ReadinessEndpoint.handle(exchange)
        case .metrics: MetricsEndpoint.handle(exchange)
        case .unknown: exchange.answer(.unknownPath)
        }
    }

    func handle(_ head: HTTPRequestHead, large body: HTTPBody, respond: HTTPResponder) {
        let route = Route(head)
        guard route == .batchEvents else {
            return unsafe body.withBytes { unsafe handle(head, body: $0, respond: respond) }
        }
        let exchange = Exchange(service: service, route: route, method: head.method, respond: respond)
        service.metrics.requestBytes.increment(by: UInt64(body.count))
        batchEvents.handle(head, large: body, exchange)
    }

    /// The body limit of some routes, and the response to a larger body, made once.
    private struct Bodies {
        let limit: Int
        let tooLarge: Problem
        let tooLargeResponse: HTTPResponse

        init(_ limit: BodyLimit, _ delays: RetryDelays) {
            self.limit = limit.bytes
            tooLarge = .bodyTooLarge(limit: limit)
            tooLargeResponse = tooLarge.response(delays)
        }
    }

    private func refuse(
        _ problem: Problem,
        _ method: HTTPMethod,
        _ route: Route,
        _ headers: [(String, String)]
    ) -> HTTPAdmission {
        service.record(method, route, status: problem.kind.status, after: .zero)
        if route == .batchEvents { service.metrics.refused(problem.kind) }
        var response = problem.response(service.retryDelays)
        response.headers += headers
        return .answer(response)
    }
}
