import PlayerSessions

/// Identifies a session: the player's id and the session's.
struct SessionKey: Hashable, Comparable, Sendable {
    var player: Identifier
    var session: Identifier

    init(_ player: Identifier, _ session: Identifier) {
        self.player = player
        self.session = session
    }

    /// Orders by player, then by session.
    static func < (left: SessionKey, right: SessionKey) -> Bool {
        left.player == right.player ? left.session < right.session : left.player < right.player
    }
}
