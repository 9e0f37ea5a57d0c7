extension Statement {
    /// The statement in CQL, without the keyspace; a statement is prepared by its text.
    var text: String {
        switch self {
        case .addStart:
            """
            UPDATE events_session_by_player_id USING TIMESTAMP ? AND TTL ? \
            SET starts[?] = ?, is_started = true, start_timestamp = ? WHERE player_id = ? AND session_id = ?
            """
        case .settleStart:
            """
            UPDATE events_session_by_player_id USING TIMESTAMP ? AND TTL ? \
            SET starts[?] = ? WHERE player_id = ? AND session_id = ?
            """
        case .setEnd:
            """
            UPDATE events_session_by_player_id USING TIMESTAMP ? AND TTL ? \
            SET end_us = ?, is_ended = true, end_timestamp = ? WHERE player_id = ? AND session_id = ?
            """
        case .readFacts:
            "SELECT starts, end_us FROM events_session_by_player_id WHERE player_id = ? AND session_id = ?"
        case .readFactsTogether:
            """
            SELECT player_id, session_id, starts, end_us FROM events_session_by_player_id \
            WHERE player_id IN ? AND session_id IN ?
            """
        case .readFactsOfPlayer:
            """
            SELECT session_id, starts, end_us FROM events_session_by_player_id \
            WHERE player_id = ? AND session_id IN ?
            """
        case .scanFacts(after: nil):
            "SELECT player_id, session_id, starts, end_us FROM events_session_by_player_id"
        case .scanFacts:
            """
            SELECT player_id, session_id, starts, end_us FROM events_session_by_player_id \
            WHERE token(player_id) > token(?)
            """
        case .scanFactsOfPlayer:
            """
            SELECT player_id, session_id, starts, end_us FROM events_session_by_player_id \
            WHERE player_id = ? AND session_id > ?
            """
        case .insertEnd:
            """
            INSERT INTO sessions_by_end (player_id, end_us, session_id) VALUES (?, ?, ?) \
            USING TIMESTAMP ? AND TTL ?
            """
        case .deleteEnd:
            "DELETE FROM sessions_by_end USING TIMESTAMP 3 WHERE player_id = ? AND end_us = ? AND session_id = ?"
        case .readEnds:
            "SELECT end_us, session_id FROM sessions_by_end WHERE player_id = ?"
        case .insertStart:
            """
            INSERT INTO starts_by_span (span, shard, start_us, player_id, session_id, country) \
            VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?
            """
        case .deleteStart:
            """
            DELETE FROM starts_by_span USING TIMESTAMP ? WHERE span = ? AND shard = ? AND start_us = ? \
            AND player_id = ? AND session_id = ? AND country = ?
            """
        case .scanSpans:
            "SELECT DISTINCT span, shard FROM starts_by_span"
        case .readStarts:
            "SELECT country FROM starts_by_span WHERE span = ? AND shard = ? AND start_us >= ? AND start_us < ?"
        default: bucketText
        }
    }

    private var bucketText: String {
        switch self {
        case .registerBucket:
            "INSERT INTO start_buckets (list, bucket) VALUES (0, ?) USING TIMESTAMP 1"
        case .readBuckets:
            "SELECT bucket FROM start_buckets WHERE list = 0"
        case .insertMarker:
            """
            INSERT INTO start_totals (bucket, tier, unit, marker, content) VALUES (?, 0, ?, ?, ?) \
            USING TIMESTAMP 1
            """
        case .deleteMarker:
            "DELETE FROM start_totals WHERE bucket = ? AND tier = 0 AND unit = ? AND marker = ?"
        case .readMarkers:
            "SELECT tier, unit, marker, content FROM start_totals WHERE bucket = ? AND tier <= 1"
        case .readTotals:
            """
            SELECT unit, content, changed FROM start_totals \
            WHERE bucket = ? AND tier = ? AND unit >= ? AND unit <= ?
            """
        case .setTotal:
            """
            INSERT INTO start_totals (bucket, tier, unit, marker, content, changed) VALUES (?, ?, ?, 0x, ?, ?)
            """
        case .readVersion:
            "SELECT version, copied FROM start_totals WHERE bucket = ? LIMIT 1"
        case .advanceVersion(_, from: nil, _):
            "UPDATE start_totals SET version = ? WHERE bucket = ? IF version = null"
        case .advanceVersion:
            "UPDATE start_totals SET version = ? WHERE bucket = ? IF version = ?"
        case .setVersion:
            "UPDATE start_totals SET version = ? WHERE bucket = ?"
        case .setCopiedVersion:
            "UPDATE start_totals USING TIMESTAMP ? SET copied = ? WHERE bucket = ?"
        default: outsideText
        }
    }

    private var outsideText: String {
        switch self {
        case .setHour:
            """
            UPDATE start_events_by_hour USING TIMESTAMP ? AND TTL ? SET session_count = ? \
            WHERE yymmddhh = ? AND country = ?
            """
        case .readSetting:
            "SELECT value FROM settings WHERE name = ?"
        case .writeSetting:
            "INSERT INTO settings (name, value) VALUES (?, ?) USING TIMESTAMP 1"
        case .claimSetting:
            "INSERT INTO settings (name, value) VALUES (?, ?) IF NOT EXISTS"
        case .replaceSetting:
            "INSERT INTO settings (name, value) VALUES (?, ?)"
        case .probe:
            "UPDATE settings USING TIMESTAMP ? AND TTL 86400 SET value = ? WHERE name = ?"
        case .trial:
            "UPDATE settings USING TIMESTAMP ? AND TTL 86400 SET value = 'trial' WHERE name = 'trial'"
        case .readClock:
            "SELECT toUnixTimestamp(now()) FROM system.local"
        default: preconditionFailure("a statement without a text")
        }
    }
}
