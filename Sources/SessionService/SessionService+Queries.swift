import PlayerSessions

/// What a query found, as the members of the answer's object.
protocol QueryAnswer: Sendable {
    func write(to json: inout JSONWriter)
}

extension SessionService {
    /// Asks the store in a task of its own, and answers with what it gives.
    ///
    /// No more than `ServiceLimits.maximumConcurrentQueries` wait at a time, and no more than
    /// `ServiceLimits.maximumConcurrentQueriesOfClient` of one client; those above are answered 503.
    func query(
        _ exchange: Exchange,
        _ ask: @escaping @Sendable (any SessionStore) async throws(SessionStoreError) -> some QueryAnswer
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
