public import PlayerSessions

/// What identifies a session.
public struct SessionKey: Hashable, Sendable, CustomStringConvertible {
    /// The player's id.
    public var playerID: Identifier
    /// The session's id.
    public var sessionID: Identifier

    /// Creates a key.
    public init(_ playerID: Identifier, _ sessionID: Identifier) {
        self.playerID = playerID
        self.sessionID = sessionID
    }

    /// Both ids, for messages.
    public var description: String { "\(playerID)/\(sessionID)" }
}
