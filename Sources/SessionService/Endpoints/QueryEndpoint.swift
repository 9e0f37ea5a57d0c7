import HTTPServer
import PlayerSessions

/// What a query is asked, read from its arguments, and how the store answers it.
protocol StoreQuery: Sendable {
    associatedtype Answer: QueryAnswer

    /// The names of the arguments it takes.
    static var known: [String] { get }
    /// A body that would be right, for messages.
    static var example: String { get }

    init(_ arguments: QueryArguments) throws(Problem)

    /// Asks the store for a client; `now` is when the request came.
    func answer(
        from store: any SessionStore,
        for client: QueryClient,
        now: Timestamp
    ) async throws(SessionStoreError) -> Answer
}

/// Answers one kind of query of one loop's requests.
final class QueryEndpoint<Query: StoreQuery> {
    private let service: SessionService
    private let reader: QueryReader

    init(_ service: SessionService, _ reader: QueryReader) {
        self.service = service
        self.reader = reader
    }

    func handle(_ head: HTTPRequestHead, _ body: UnsafeRawBufferPointer, _ exchange: Exchange) {
        let query: Query
        do throws(Problem) {
            let arguments = unsafe try reader.arguments(
                head,
                body,
                known: Query.known,
                example: Query.example
            )
            query = try Query(arguments)
        } catch {
            return exchange.answer(error)
        }
        let now = service.clock.now
        let client = exchange.client
        service.query(exchange) { store throws(SessionStoreError) in
            try await query.answer(from: store, for: client, now: now)
        }
    }
}
