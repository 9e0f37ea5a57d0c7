import PlayerSessions
import SessionStoreTesting

/// A store that passes on to another what it does not do otherwise.
protocol StoreBefore: SessionStore {
    /// The other one.
    var store: ModelStore { get }
}

extension StoreBefore {
    func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) { store.append(batch, completion: completion) }

    func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts {
        try await store.sessionStarts(in: window, for: client)
    }

    func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session] {
        try await store.completeSessions(of: playerID, limit: limit, for: client)
    }

    func export(after position: ExportPosition?) async throws(SessionStoreError) -> any SessionExport {
        try await store.export(after: position)
    }

    var unreadiness: String? { store.unreadiness }

    func close() async {
        await store.close()
    }
}
