/// Reads all that a store remembers, a stretch at a time, so that it can be told to another store.
///
/// Sessions come in the store's own order. One that changes meanwhile comes as it was, as it is, or, where it is
/// new, perhaps not at all; every other comes once. To be let go before the store is closed.
public protocol SessionExport: Sendable {
    /// The next stretch, or `nil` behind the last; only one call at a time.
    func next() async throws(SessionStoreError) -> ExportedEvents?
}

/// A stretch of an export.
public struct ExportedEvents: Sendable {
    /// A start, an end or both of each session: told to an empty store, they give the same records.
    ///
    /// Expired ones that are still remembered are among them.
    public var events: EventBatch
    /// How many sessions they are of.
    public var sessions: Int
    /// Where an export goes on behind them.
    public var position: ExportPosition
    /// The share of the store that lies before the position, 0 to 1; an estimate, for progress, or `nil`.
    public var share: Double?

    /// Makes a stretch.
    public init(events: EventBatch, sessions: Int, position: ExportPosition, share: Double? = nil) {
        self.events = events
        self.sessions = sessions
        self.position = position
        self.share = share
    }
}

/// How far an export came, as the bytes of the store that gave it; it outlives the process.
public struct ExportPosition: Hashable, Sendable {
    /// The store's own bytes.
    public var bytes: [UInt8]

    /// Makes a position of bytes that a store once gave; a store refuses what it cannot have given.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}
