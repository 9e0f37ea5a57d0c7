/// Reads all that a store remembers, in batches, so that another store can receive it.
///
/// Sessions come in the store's own order. A session modified during the export is returned in its old or its new
/// state; a new one may be missed; every other is returned once. Release the export before the store is closed.
public protocol SessionExport: Sendable {
    /// Returns the next batch, or `nil` after the last; only one call at a time.
    func next() async throws(SessionStoreError) -> ExportedEvents?
}

/// A batch of an export.
public struct ExportedEvents: Sendable {
    /// A start, an end or both of each session; an empty store that receives them has the same records.
    ///
    /// Expired events that are still remembered are included.
    public var events: EventBatch
    /// The number of their sessions.
    public var sessions: Int
    /// Where an export continues after them.
    public var position: ExportPosition
    /// The estimated share of the store before the position, 0 to 1, for progress; `nil` if unknown.
    public var share: Double?

    /// Creates a batch.
    public init(events: EventBatch, sessions: Int, position: ExportPosition, share: Double? = nil) {
        self.events = events
        self.sessions = sessions
        self.position = position
        self.share = share
    }
}

/// How far an export came, in a form that only its store understands; it outlives the process.
public struct ExportPosition: Hashable, Sendable {
    /// The store's own bytes.
    public var bytes: [UInt8]

    /// Creates a position from bytes that a store once returned; a store refuses what it cannot have returned.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}
