import HTTPServer
import Logging
import Metrics
import PlayerSessions
import SessionStoreTesting

@testable import SessionService

/// A service over some store, with a clock that stands still, and ways to ask it.
final class TestService: Sendable {
    /// The instant at which every test begins.
    static let now = instant("2016-12-02T13:00:00Z")

    /// How a request reaches the service.
    enum Transport: CaseIterable, Sendable {
        /// The handler is called as the server would call it.
        case direct
        /// Through a server's sockets.
        case socket
    }

    let clock = ManualClock(TestService.now)
    let registry = MetricsRegistry()
    let service: SessionService
    private let server: HTTPServer?

    init(
        _ transport: Transport = .direct,
        store: (any SessionStore)? = nil,
        limits: ServiceLimits = ServiceLimits(),
        access: WebAccess = WebAccess(),
        isLoopback: Bool = true,
        retention: Retention = .forever,
        logger: Logger = .silent
    ) throws {
        let service = SessionService(
            store: store ?? ModelStore(retention: retention, clock: clock.wallClock),
            limits: limits,
            access: access,
            retention: retention,
            clock: clock.wallClock,
            retrySeed: 1,
            metrics: registry,
            logger: logger,
            build: BuildInformation(version: "1.2.3")
        )
        self.service = service
        service.listens(onLoopback: isLoopback)
        guard transport == .socket else {
            server = nil
            return
        }
        let server = try HTTPServer(
            HTTPServerConfiguration(idleTimeout: .seconds(3_600)),
            renderFault: service.renderFault,
            observe: service.observe,
            makeHandler: service.makeHandler
        )
        self.server = server
        service.showConnections(maximum: 16_384) { [weak server] in server?.connections ?? 0 }
        try server.start()
    }

    /// Calls `body` with a service, and stops its server afterwards.
    static func run<Result>(
        _ transport: Transport = .direct,
        store: (any SessionStore)? = nil,
        limits: ServiceLimits = ServiceLimits(),
        access: WebAccess = WebAccess(),
        isLoopback: Bool = true,
        retention: Retention = .forever,
        _ body: (TestService) async throws -> Result
    ) async throws -> Result {
        let service = try TestService(
            transport,
            store: store,
            limits: limits,
            access: access,
            isLoopback: isLoopback,
            retention: retention
        )
        let result: Result
        do {
            result = try await body(service)
        } catch {
            await service.server?.stop(grace: .zero)
            throw error
        }
        await service.server?.stop(grace: .seconds(1))
        return result
    }

    func send(
        _ method: String,
        _ target: String,
        _ body: some Sequence<UInt8> = [],
        headers: [(String, String)] = []
    ) async throws -> Answer {
        if let server {
            return try await SocketClient.send(
                method,
                target,
                Array(body),
                headers: headers,
                port: server.port
            )
        }
        return await sendDirectly(method, target, Array(body), headers)
    }

    func send(
        _ method: String,
        _ target: String,
        _ body: String,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(method, target, body.utf8, headers: headers)
    }

    func get(_ target: String) async throws -> Answer {
        try await send("GET", target)
    }

    func post(_ target: String, _ body: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send("POST", target, body, headers: headers)
    }

    /// The value of a metric, by its name with its labels.
    func metric(_ name: String) -> String? {
        let lines = String(decoding: registry.render(), as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    private func sendDirectly(
        _ method: String,
        _ target: String,
        _ body: [UInt8],
        _ headers: [(String, String)]
    ) async -> Answer {
        let head = HTTPRequestHead(
            method: HTTPMethod(method),
            target: target,
            headers: headers,
            contentLength: body.count
        )
        let handler = service.makeHandler(0)
        let more: [(String, String)]
        switch handler.admit(head) {
        case .answer(let response): return Answer(response)
        case .body(_, _, let headers): more = headers
        }
        let padded = body + [UInt8](repeating: 0, count: HTTPServer.bodyPadding)
        return await withCheckedContinuation { continuation in
            unsafe padded.withUnsafeBytes { bytes in
                unsafe handler.handle(
                    head,
                    body: UnsafeRawBufferPointer(rebasing: bytes[..<body.count]),
                    respond: HTTPResponder { response in
                        var response = response
                        response.headers += more
                        continuation.resume(returning: Answer(response))
                    }
                )
            }
        }
    }
}

func instant(_ text: String) -> Timestamp {
    guard let instant = try? Timestamp(parsing: text) else { preconditionFailure("no instant: \(text)") }
    return instant
}

/// A start event as a line.
func start(
    _ player: String,
    _ session: String,
    _ country: String = "FI",
    _ ts: String = "2016-12-02T12:00:00Z"
)
    -> String
{
    #"{"event": "start", "country": "\#(country)", "player_id": "\#(player)", "session_id": "\#(session)", "ts": "\#(ts)"}"#
        + "\n"
}

/// An end event as a line.
func end(_ player: String, _ session: String, _ ts: String = "2016-12-02T12:30:00Z") -> String {
    #"{"event": "end", "player_id": "\#(player)", "session_id": "\#(session)", "ts": "\#(ts)"}"# + "\n"
}
