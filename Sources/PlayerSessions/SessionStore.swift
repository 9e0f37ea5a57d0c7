/// A store of sessions, on this machine or on a cluster, with the same responses.
///
/// Every store merges by the rules of `SessionRecord`, counts each session once, and passes the contract suite of
/// `SessionStoreTesting`.
public protocol SessionStore: Sendable {
    /// Stores a batch, then calls `completion` exactly once, on a thread of the store.
    ///
    /// Success means that the whole batch is durable, and that every query that begins afterwards sees it. Failure
    /// promises nothing; the caller may always send the same batch again. The call itself never blocks on I/O. An empty
    /// batch succeeds.
    func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    )

    /// Returns how many sessions started in the window, by country; sessions whose start is expired are left out.
    ///
    /// If queries have to wait for each other, clients are served in turn.
    func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts

    /// Returns the player's complete sessions, at most `limit` (1 to 100), in the order of `Session.precedes`.
    func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session]

    /// Begins an export of all that the store remembers; it includes what was acknowledged before the call.
    ///
    /// `position` is where an earlier export of the same store ended; `nil` starts at the beginning.
    func export(after position: ExportPosition?) async throws(SessionStoreError) -> any SessionExport

    /// Why the store does not take writes; `nil` while it does.
    var unreadiness: String? { get }

    /// Finishes what was accepted, refuses new requests, and closes; returns when that is done.
    func close() async
}

extension SessionStore {
    /// Queries on behalf of this process.
    public func sessionStarts(in window: TrailingWindow) async throws(SessionStoreError) -> StartCounts {
        try await sessionStarts(in: window, for: .local)
    }

    /// Queries on behalf of this process.
    public func completeSessions(
        of playerID: Identifier,
        limit: Int
    ) async throws(SessionStoreError) -> [Session] {
        try await completeSessions(of: playerID, limit: limit, for: .local)
    }

    /// Stores a batch and returns when it is durable.
    public func append(_ batch: EventBatch) async throws(SessionStoreError) {
        let result = await withCheckedContinuation { continuation in
            append(batch) { continuation.resume(returning: $0) }
        }
        try result.get()
    }
}

/// The most sessions of one response.
public let maximumSessionsPerResponse = 100
