import PlayerSessions

/// The result of a query, as members of the response's object.
protocol QueryResult: Sendable {
    func write(to json: inout JSONWriter)
}

extension SessionService {
    /// Runs a query in its own task and responds with the result.
    ///
    /// At most `ServiceLimits.maximumConcurrentQueries` wait at once, and at most
    /// `ServiceLimits.maximumConcurrentQueriesOfClient` of one client; any more get 503.
    func query(
        _ exchange: Exchange,
        _ ask: @escaping @Sendable (any SessionStore) async throws(SessionStoreError) -> some QueryResult
    ) {
        let client = exchange.client
        do {
            try queries.take(for: client)
        } catch {
            return exchange.answer(.tooMany("queries are running", error))
        }
        Task {
            do throws(SessionStoreError) {
                let answer = try await ask(store)
                queries.give(of: client)
                exchange.answer { answer.write(to: &$0) }
            } catch {
                queries.give(of: client)
                exchange.answer(problem(error))
            }
        }
    }
}
