import HTTPServer

/// Answers the requests of one loop: finds the route, and hands over to its endpoint.
final class RequestHandler: HTTPHandler {
    private let service: SessionService
    private let tooLarge: Problem
    private let tooLargeResponse: HTTPResponse
    private let batchEvents: BatchEventsEndpoint
    private let count: QueryEndpoint<CountQuery>
    private let topSessions: QueryEndpoint<TopSessionsQuery>

    init(_ service: SessionService) {
        self.service = service
        tooLarge = .bodyTooLarge(limit: service.limits.maximumBodyBytes)
        tooLargeResponse = tooLarge.response
        let reader = BodyReader(limit: service.limits.maximumBodyBytes)
        let queries = QueryReader(reader)
        batchEvents = BatchEventsEndpoint(service, reader)
        count = QueryEndpoint(service, queries)
        topSessions = QueryEndpoint(service, queries)
    }

    /// Refuses what the head alone shows to be wrong, in the contract's order: 404, 405, 415, 413.
    func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
        let route = Route(path: head.path)
        if route == .unknown { return refuse(.unknownPath, head.method, route) }
        guard route.takes(head.method) else {
            return refuse(.method(head.method, of: route), head.method, route)
        }
        if head.method == .post, case .unsupported(let text) = ContentEncoding(head) {
            return refuse(.encoding(text), head.method, route)
        }
        let limit = service.limits.maximumBodyBytes
        if let length = head.contentLength, length > limit { return refuse(tooLarge, head.method, route) }
        // That a chunked body is too large shows later, and the server answers it with what it is given here.
        return .body(limit: limit, tooLarge: tooLargeResponse)
    }

    func handle(_ head: HTTPRequestHead, body: UnsafeRawBufferPointer, respond: HTTPResponder) {
        let route = Route(path: head.path)
        let exchange = Exchange(service: service, route: route, method: head.method, respond: respond)
        service.metrics.requestBytes.increment(by: UInt64(body.count))
        switch route {
        case .batchEvents: unsafe batchEvents.handle(head, body, exchange)
        case .count: unsafe count.handle(head, body, exchange)
        case .topSessions: unsafe topSessions.handle(head, body, exchange)
        case .health: HealthEndpoint.handle(exchange)
        case .readiness: ReadinessEndpoint.handle(exchange)
        case .metrics: MetricsEndpoint.handle(exchange)
        case .unknown: exchange.answer(.unknownPath)
        }
    }

    private func refuse(_ problem: Problem, _ method: HTTPMethod, _ route: Route) -> HTTPAdmission {
        service.record(method, route, status: problem.kind.status, after: .zero)
        if route == .batchEvents { service.metrics.refused(problem.kind) }
        return .answer(problem.response)
    }
}
