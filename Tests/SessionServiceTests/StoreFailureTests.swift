import Logging
import PlayerSessions
import Synchronization
import Testing

@testable import SessionService

/// A store that fails in one way.
private struct FailingStore: SessionStore {
    var error: SessionStoreError

    init(_ kind: SessionStoreError.Kind) {
        error = SessionStoreError(kind, operation: "write", reason: "disk /secret is gone")
    }

    func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        completion(.failure(error))
    }

    func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts {
        throw error
    }

    func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session] {
        throw error
    }

    func export(after position: ExportPosition?) async throws(SessionStoreError) -> any SessionExport {
        throw error
    }

    var unreadiness: String? { error.reason }

    func close() async {}
}

struct StoreFailureTests {
    @Test(
        arguments: TestService.Transport.allCases,
        [(.overloaded, 503, 1...3), (.closing, 503, 5...10), (.failed, 500, nil), (.unusable, 500, nil)]
            as [(SessionStoreError.Kind, Int, ClosedRange<Int>?)]
    )
    func `a store that fails is answered by what the caller can do`(
        transport: TestService.Transport,
        row: (kind: SessionStoreError.Kind, status: Int, retryAfter: ClosedRange<Int>?)
    ) async throws {
        try await TestService.run(transport, store: FailingStore(row.kind)) { service in
            let answers = [
                try await service.post("/batchevents", start("p", "s")),
                try await service.get("/queryevents/count?num_of_hours=1"),
                try await service.post("/queryevents/topn", #"{"player_id": "p"}"#),
            ]
            for answer in answers {
                #expect(answer.status == row.status)
                #expect(answer.isProblem)
                switch row.retryAfter {
                case .some(let range): #expect(answer.retryAfter.map(range.contains) == true)
                case nil: #expect(answer.retryAfter == nil)
                }
                #expect(!answer.text.contains("secret"))
            }
        }
    }

    @Test func `a query that fails makes room for the next`() async throws {
        let service = try TestService(store: FailingStore(.failed))
        for _ in 0..<3 {
            #expect(try await service.get("/queryevents/count?num_of_hours=1").status == 500)
            #expect(try await service.get("/queryevents/topn?player_id=p").status == 500)
            #expect(service.service.queries.total == 0)
        }
    }

    @Test func `a batch with nothing to store does not ask the store`() async throws {
        let service = try TestService(store: FailingStore(.failed), retention: Retention(days: 1))
        let expired = try await service.post("/batchevents", start("p", "s", "FI", "2000-01-01T00:00:00Z"))
        #expect(expired.text == #"{"accepted": 0, "expired": 1}"#)
        let wrong = try await service.post("/batchevents", "x", headers: [("Prefer", "handling=lenient")])
        #expect(wrong.status == 200)
    }

    @Test func `a lenient batch that the store refuses applied no preference`() async throws {
        let answer = try await TestService(store: FailingStore(.overloaded))
            .post("/batchevents", start("p", "s"), headers: [("Prefer", "handling=lenient")])
        #expect(answer.status == 503)
        #expect(answer["preference-applied"] == nil)
    }

    @Test(arguments: [(.failed, 1), (.overloaded, 0), (.closing, 0)] as [(SessionStoreError.Kind, Int)])
    func `why the store failed is logged, and that it is busy is not`(
        kind: SessionStoreError.Kind,
        lines: Int
    ) async throws {
        let logged = Lines()
        let service = try TestService(store: FailingStore(kind), logger: logged.logger(.info))
        _ = try await service.post("/batchevents", start("p", "s"))
        #expect(logged.lines.count == lines)
        #expect(logged.lines.allSatisfy { $0.contains("write: disk /secret is gone") })
    }

    @Test func `requests are logged at the debug level only`() async throws {
        for (level, count) in [(Logger.Level.info, 0), (.debug, 2)] {
            let logged = Lines()
            let service = try TestService(logger: logged.logger(level))
            _ = try await service.post("/batchevents", start("p", "s"))
            _ = try await service.get("/nowhere")
            #expect(logged.lines.count == count)
        }
    }
}

/// Keeps what is logged.
private final class Lines: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func logger(_ level: Logger.Level) -> Logger {
        Logger(minimumLevel: level) { _, message, values in
            self.kept.withLock { $0.append("\(message) \(values.map { "\($0)=\($1)" })") }
        }
    }
}
