/// Where sessions are kept: on this machine or on a cluster, with the same answers.
///
/// Every store merges by `SessionRecord`'s rules, counts each session once, and passes the contract suite of
/// `SessionStoreTesting`.
public protocol SessionStore: Sendable {
    /// Stores a batch, then calls `completion` exactly once, on a thread of the store's.
    ///
    /// Success means that the whole batch is durable, and that every query that begins afterwards sees it.
    /// Failure means that nothing is promised: the caller may send the same batch again, in any state.
    /// The call itself never blocks on input or output. An empty batch succeeds.
    func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    )

    /// How many sessions started in the window, by country; sessions whose start is expired are left out.
    ///
    /// `client` is who asks: where queries wait for each other, clients take turns.
    func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts

    /// The player's complete sessions, at most `limit` (1 to 100), in the order of `Session.precedes`.
    func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session]

    /// Begins to read all that the store remembers: what was acknowledged before the call is in it.
    ///
    /// `position` is where a former export of the same store ended; `nil` begins at the beginning.
    func export(after position: ExportPosition?) async throws(SessionStoreError) -> any SessionExport

    /// `nil` while the store takes writes, else why it does not.
    var unreadiness: String? { get }

    /// Finishes what was taken, refuses what comes, and closes; returns when that is done.
    func close() async
}

extension SessionStore {
    /// Asks for the process itself.
    public func sessionStarts(in window: TrailingWindow) async throws(SessionStoreError) -> StartCounts {
        try await sessionStarts(in: window, for: .local)
    }

    /// Asks for the process itself.
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

/// The most sessions that one answer holds.
public let maximumSessionsPerAnswer = 100
