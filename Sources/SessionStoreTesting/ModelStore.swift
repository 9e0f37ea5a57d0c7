import PlayerSessions
import Synchronization

/// The model as a store, in memory: what a service is tested with, and what the contract suite is tested on.
public final class ModelStore: SessionStore {
    /// What outlives a store: the disk of the in-memory store.
    public final class Data: Sendable {
        fileprivate let model = Mutex(Model())

        /// Makes an empty disk.
        public init() {}
    }

    private let data: Data
    private let clock: WallClock
    private let isClosed = Mutex(false)

    /// Opens the store that `data` holds; only one store may be open on it at a time.
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

    /// How many sessions started in the window, by country.
    public func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts {
        if unreadiness != nil { throw ModelStore.closing("count") }
        return data.model.withLock { $0.counts(in: window, now: clock.now) }
    }

    /// The player's complete sessions, at most `limit`.
    public func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session] {
        if unreadiness != nil { throw ModelStore.closing("top sessions") }
        return data.model.withLock { $0.topSessions(of: playerID, limit: limit, now: clock.now) }
    }

    /// All that is remembered, as it is now.
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

    /// Refuses what comes from now on.
    public func close() async {
        isClosed.withLock { $0 = true }
    }

    private static func closing(_ operation: String) -> SessionStoreError {
        SessionStoreError(.closing, operation: operation, reason: "the store is closed")
    }
}
