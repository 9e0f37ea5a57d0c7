import HTTPServer
import PlayerSessions

/// A kind of query: how it is read from its arguments and run against the store.
protocol StoreQuery: Sendable {
    associatedtype Answer: QueryResult

    /// The names of its arguments.
    static var known: [String] { get }
    /// A valid body, for messages.
    static var example: String { get }

    init(_ arguments: QueryArguments) throws(Problem)

    /// Runs the query for a client; `now` is when the request arrived.
    func answer(
        from store: any SessionStore,
        for client: QueryClient,
        now: Timestamp
    ) async throws(SessionStoreError) -> Answer
}

/// Handles one kind of query for one loop.
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
