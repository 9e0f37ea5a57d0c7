import Foundation
import HTTPServer
import Synchronization

/// A server on a free port with a handler that knows a few paths.
///
/// `/echo` gives the body back; `/later` does so from another thread; `/never` leaves the responder in `parked`;
/// `/twice` answers two times; `/gate` holds its loop until the log's gate is signalled; `/slow` takes its loop
/// for a millisecond; `/large` gives 16 MiB; `/probe`
/// gives its body back beyond the limits, too; `/refused` is 415 before its body; all else is 404.
final class TestServer: Sendable {
    final class Log: Sendable {
        let observations = Mutex<[HTTPObservation]>([])
        let parked = Mutex<[HTTPResponder]>([])
        /// The paths of the requests that the handler was given, with their queries, in order.
        let handled = Mutex<[String]>([])
        /// Set by a test that wants the first request to `/gate` to wait on its loop.
        let gate = DispatchSemaphore(value: 0)
    }

    let server: HTTPServer
    let log: Log

    convenience init(_ change: (inout HTTPServerConfiguration) -> Void = { _ in }) throws {
        // The deadlines are those of a test that is about them. On a busy machine a client that is held for another
        // one's sake may well wait longer than any default.
        let ever = Duration.seconds(3_600)
        var configuration = HTTPServerConfiguration(
            loops: 2,
            headDeadline: ever,
            bodyDeadline: ever,
            responseDeadline: ever,
            idleTimeout: ever
        )
        change(&configuration)
        try self.init(configuration, at: nil)
    }

    init(_ configuration: HTTPServerConfiguration, at address: ReservedAddress?) throws {
        let log = Log()
        self.log = log
        server = try HTTPServer(
            configuration,
            at: address,
            renderFault: { fault in
                HTTPResponse(
                    status: fault.status,
                    contentType: "text/plain",
                    headers: fault.status == 503 ? [("Retry-After", "1")] : [],
                    body: Array(fault.detail.utf8)
                )
            },
            observe: { observation in log.observations.withLock { $0.append(observation) } },
            makeHandler: { _ in Handler(log) }
        )
        try server.start()
    }

    var port: Int { server.port }

    func client() throws -> RawClient { try RawClient(port) }

    /// The answer to a part of a request, after which nothing more comes.
    ///
    /// A machine that is busy may bring the part so late that the connection was idle for too long and closed without
    /// an answer; then another connection is tried.
    func answer(toPart part: String) throws -> RawClient.Answer {
        for _ in 0..<100 {
            let client = try client()
            client.send(part)
            if let answer = try? client.answer() { return answer }
        }
        throw RawClient.Failure(description: "100 connections closed without an answer")
    }

    /// Waits until `condition` holds, for a time that no working server needs, however busy the machine is.
    static func eventually(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<12_000 {
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private final class Handler: HTTPHandler {
        let log: Log
        let thread = pthread_self()

        init(_ log: Log) { self.log = log }

        func servesBeyondLimits(_ head: HTTPRequestHead) -> Bool { head.path == "/probe" }

        func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
            precondition(thread == pthread_self(), "called on another thread")
            switch head.path {
            case "/echo", "/later", "/never", "/twice", "/large", "/gate", "/slow", "/probe":
                return .body(
                    limit: 65_536,
                    tooLarge: HTTPResponse(status: 413, body: Array("too large".utf8))
                )
            case "/refused": return .answer(HTTPResponse(status: 415))
            default: return .answer(HTTPResponse(status: 404, body: Array("not here".utf8)))
            }
        }

        func handle(_ head: HTTPRequestHead, body: UnsafeRawBufferPointer, respond: HTTPResponder) {
            precondition(thread == pthread_self(), "called on another thread")
            let echo = HTTPResponse(status: 200, contentType: "text/plain", body: unsafe Array(body))
            log.handled.withLock { $0.append(head.query ?? head.path) }
            switch head.path {
            case "/gate":
                log.gate.wait()
                respond(echo)
            case "/slow":
                Thread.sleep(forTimeInterval: 0.001)
                respond(echo)
            case "/later": DispatchQueue.global().async { respond(echo) }
            case "/never": log.parked.withLock { $0.append(respond) }
            case "/large":
                respond(HTTPResponse(status: 200, body: [UInt8](repeating: 120, count: 16_777_216)))
            case "/twice":
                respond(echo)
                respond(HTTPResponse(status: 500))
            default: respond(echo)
            }
        }
    }
}
