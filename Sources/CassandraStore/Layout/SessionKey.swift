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

    /// How many partitions a span's starts are spread over; kept in the keyspace, because no row is found by another.
    ///
    /// 16 partitions of a span of ten minutes stay below 100,000 rows up to 2,600 starts a second.
    static let shards: Int32 = 16

    /// The shard of the session's starts: FNV-1a over both ids, with a byte between them that no id can hold.
    var shard: Int32 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        player.bytes.forEach(take)
        take(0)
        session.bytes.forEach(take)
        hash ^= hash >> 32
        return Int32(hash % UInt64(SessionKey.shards))
    }

    /// By player, then by session.
    static func < (left: SessionKey, right: SessionKey) -> Bool {
        left.player == right.player ? left.session < right.session : left.player < right.player
    }
}
