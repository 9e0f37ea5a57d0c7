import PlayerSessions

extension Statement {
    /// Enters a row of flushed starts with a TTL in seconds, 0 for good.
    static func insertFlushed(
        _ key: FlushedStarts.RowKey,
        _ starts: MinuteStarts,
        _ ttl: Int32,
        now: Int64
    ) -> Statement {
        // The write that lasts longer wins, in any order; for good is longer than any time.
        let until = now / Microseconds.perSecond + (ttl == 0 ? 1 << 32 : Int64(ttl))
        return .insertFlushed(key, starts, ttl: ttl, until: until)
    }
}
