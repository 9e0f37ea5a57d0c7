import PlayerSessions
import Synchronization

/// The model as a store in memory: for tests of a service, and for tests of the contract suite itself.
public final class ModelStore: SessionStore {
    /// What outlives a store: the disk of the in-memory store.
    public final class Data: Sendable {
        fileprivate let model = Mutex(Model())

        /// Creates an empty disk.
        public init() {}
    }

    private let data: Data
    private let clock: WallClock
    private let isClosed = Mutex(false)

    /// Opens the store of `data`; only one store may be open on it at a time.
    public init(_ data: Data = Data(), retention: Retention = .forever, clock: WallClock = .system) {
        self.data = data
        self.clock = clock
        data.model.withLock { $0.retention = retention }
    }

    /// Stores a batch; `completion` runs in a task of its own.
    public func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        let result: Result<Void, SessionStoreError> = isClosed.withLock { isClosed in
            if isClosed { return .failure(ModelStore.closing("append")) }
            data.model.withLock { $0.apply(batch, now: clock.now) }
            return .success(())
        }
        Task { completion(result) }
    }

    /// Returns how many sessions started in the window, by country.
    public func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts {
        if unreadiness != nil { throw ModelStore.closing("count") }
        return data.model.withLock { $0.counts(in: window, now: clock.now) }
    }

    /// Returns the player's complete sessions, at most `limit`.
    public func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session] {
        if unreadiness != nil { throw ModelStore.closing("top sessions") }
        return data.model.withLock { $0.latestSessions(of: playerID, limit: limit, now: clock.now) }
    }

    /// Returns an export of all that is remembered, as it is now.
    public func export(
        after position: ExportPosition?
    ) async throws(SessionStoreError) -> any SessionExport {
        if unreadiness != nil { throw ModelStore.closing("export") }
        return ModelExport(data.model.withLock { $0.remembered(at: clock.now) }, after: position)
    }

    /// `nil` until the store is closed.
    public var unreadiness: String? {
        isClosed.withLock { $0 } ? "the store is closed" : nil
    }

    /// Refuses requests from now on.
    public func close() async {
        isClosed.withLock { $0 = true }
    }

    private static func closing(_ operation: String) -> SessionStoreError {
        SessionStoreError(.closing, operation: operation, reason: "the store is closed")
    }
}
