import PlayerSessions

/// Which session: the player's id and the session's.
struct SessionKey: Hashable, Comparable, Sendable {
    /// The player's id.
    var player: Identifier
    /// The session's id.
    var session: Identifier

    /// Makes a key.
    init(_ player: Identifier, _ session: Identifier) {
        self.player = player
        self.session = session
    }

    /// By player, then by session.
    static func < (left: SessionKey, right: SessionKey) -> Bool {
        left.player == right.player ? left.session < right.session : left.player < right.player
    }
}
