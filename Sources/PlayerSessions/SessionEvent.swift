/// One line of a batch: a session's start or its end.
///
/// A convenient, allocating form for tests and tools; the service carries events in an `EventBatch`.
public struct SessionEvent: Hashable, Sendable {
    /// What an event says about its session.
    public enum Kind: Hashable, Sendable {
        /// The session began, in this country.
        case start(CountryCode)
        /// The session ended.
        case end
    }

    /// A start with its country, or an end.
    public var kind: Kind
    /// The player of the session.
    public var playerID: Identifier
    /// Which of the player's sessions it is.
    public var sessionID: Identifier
    /// When it began or ended: the event's `ts`.
    public var timestamp: Timestamp

    /// Creates an event from its fields.
    public init(_ kind: Kind, playerID: Identifier, sessionID: Identifier, timestamp: Timestamp) {
        self.kind = kind
        self.playerID = playerID
        self.sessionID = sessionID
        self.timestamp = timestamp
    }
}
