import PlayerSessions

extension Statement {
    /// Enters a row of what was flushed, for so many seconds, 0 for good.
    static func insertFlushed(
        _ key: FlushedStarts.RowKey,
        _ starts: MinuteStarts,
        _ ttl: Int32,
        now: Int64
    ) -> Statement {
        // Who enters the same for longer wins, whoever is later; for good is longer than any time.
        let until = now / Microseconds.perSecond + (ttl == 0 ? 1 << 32 : Int64(ttl))
        return .insertFlushed(key, starts, ttl: ttl, until: until)
    }
}
