extension Statement {
    /// The CQL, without the keyspace; a statement is prepared by its text.
    var text: String {
        switch self {
        case .addClaim:
            """
            UPDATE events_session_by_player_id USING TIMESTAMP ? AND TTL ? \
            SET starts[?] = ?, is_started = true, start_timestamp = ? WHERE player_id = ? AND session_id = ?
            """
        case .setEnd:
            """
            UPDATE events_session_by_player_id USING TIMESTAMP ? AND TTL ? \
            SET end_us = ?, is_ended = true, end_timestamp = ? WHERE player_id = ? AND session_id = ?
            """
        case .readFacts:
            "SELECT starts, end_us, ledger FROM events_session_by_player_id WHERE player_id = ? AND session_id = ?"
        case .setLedger(_, from: nil, _, _):
            """
            UPDATE events_session_by_player_id USING TTL ? SET ledger = ? \
            WHERE player_id = ? AND session_id = ? IF ledger = null
            """
        case .setLedger:
            """
            UPDATE events_session_by_player_id USING TTL ? SET ledger = ? \
            WHERE player_id = ? AND session_id = ? IF ledger = ?
            """
        case .overwriteLedger:
            """
            UPDATE events_session_by_player_id USING TTL ? SET ledger = ? WHERE player_id = ? AND session_id = ?
            """
        case .readFactsTogether:
            """
            SELECT player_id, session_id, starts, end_us, ledger FROM events_session_by_player_id \
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
        default: logText
        }
    }

    private var logText: String {
        switch self {
        case .log:
            """
            INSERT INTO start_log (bucket, generation, process, start_us, player_id, session_id, country, change) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1
            """
        case .readLogEntry:
            """
            SELECT change FROM start_log WHERE bucket = ? AND generation = ? AND process = ? AND start_us = ? \
            AND player_id = ? AND session_id = ? AND country = ? AND change = ?
            """
        case .readLog:
            """
            SELECT start_us, player_id, session_id, country, change FROM start_log \
            WHERE bucket = ? AND generation = ? AND process = ?
            """
        case .readLoggedStarts:
            """
            SELECT start_us, country, change FROM start_log \
            WHERE bucket = ? AND generation = ? AND process = ? AND start_us >= ? AND start_us < ?
            """
        case .scanLogs:
            "SELECT DISTINCT bucket, generation, process FROM start_log"
        case .deleteLog:
            "DELETE FROM start_log WHERE bucket = ? AND generation = ? AND process = ?"
        case .insertFlushed:
            """
            INSERT INTO flushed_starts \
            (span, minute, generation, process, starts, digests, totals, first_us, last_us) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?
            """
        case .readFlushedTotals:
            """
            SELECT minute, generation, process, totals, first_us, last_us FROM flushed_starts \
            WHERE span = ? AND minute >= ? AND minute <= ?
            """
        case .readFlushed:
            """
            SELECT minute, generation, process, starts FROM flushed_starts \
            WHERE span = ? AND minute = ? AND generation >= ? AND generation <= ?
            """
        case .readFlushedEntries:
            """
            SELECT starts, digests FROM flushed_starts \
            WHERE span = ? AND minute = ? AND generation = ? AND process = ?
            """
        case .scanSpans:
            "SELECT DISTINCT span FROM flushed_starts"
        default: bucketText
        }
    }

    private var bucketText: String {
        switch self {
        case .registerBucket:
            "INSERT INTO start_buckets (list, bucket) VALUES (0, ?) USING TIMESTAMP 1"
        case .readBuckets:
            "SELECT bucket FROM start_buckets WHERE list = 0"
        case .register:
            """
            INSERT INTO start_totals (bucket, tier, unit, process, content) VALUES (?, 0, 0, ?, ?) \
            USING TIMESTAMP ?
            """
        case .deregister:
            "DELETE FROM start_totals USING TIMESTAMP ? WHERE bucket = ? AND tier = 0 AND unit = 0 AND process = ?"
        case .readState, .readStateSerially:
            """
            SELECT tier, process, content, version, copied, flushed, open_generation, fence, kept FROM start_totals \
            WHERE bucket = ? AND tier <= 1
            """
        case .openGeneration:
            "UPDATE start_totals USING TIMESTAMP ? SET open_generation = ? WHERE bucket = ?"
        case .fenceGenerations:
            "UPDATE start_totals USING TIMESTAMP ? SET fence = ? WHERE bucket = ?"
        case .readMonth:
            """
            SELECT tier, process, content, version, copied, flushed, open_generation, fence, kept, unit FROM start_totals \
            WHERE bucket = ? AND (tier, unit) IN ?
            """
        case .readUnits:
            """
            SELECT tier, unit, content, changed, version FROM start_totals \
            WHERE bucket = ? AND (tier, unit) IN ?
            """
        case .setLastFlush:
            "INSERT INTO start_totals (bucket, tier, unit, process, content) VALUES (?, 5, 0, 0, ?)"
        case .setLastDigests:
            "INSERT INTO start_totals (bucket, tier, unit, process, content) VALUES (?, 6, 0, 0, ?)"
        case .readLastFlush:
            "SELECT tier, content FROM start_totals WHERE bucket = ? AND tier >= 5 AND tier <= 6"
        case .readTotals:
            """
            SELECT unit, content, changed FROM start_totals \
            WHERE bucket = ? AND tier = ? AND unit >= ? AND unit <= ?
            """
        case .setTotal:
            """
            INSERT INTO start_totals (bucket, tier, unit, process, content, changed) VALUES (?, ?, ?, 0, ?, ?)
            """
        case .advanceVersion(_, from: nil, _, _):
            "UPDATE start_totals SET version = ?, flushed = ? WHERE bucket = ? IF version = null"
        case .advanceVersion:
            "UPDATE start_totals SET version = ?, flushed = ? WHERE bucket = ? IF version = ?"
        case .setVersion:
            "UPDATE start_totals SET version = ?, flushed = ? WHERE bucket = ?"
        case .setKept:
            "UPDATE start_totals SET kept = ? WHERE bucket = ?"
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
