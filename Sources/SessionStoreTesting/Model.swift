import PlayerSessions

/// The contract in its plainest form: every session's start and end, and query results by definition.
///
/// It is written from the contract's words and shares no code with the stores' merge, so that one can check the other.
/// Every query looks at every session: clarity over speed.
///
/// Retention, as the project reads the contract:
/// - Ingestion refuses expired events, those at or before now − retention. The store receives only live ones, but an
///   event may expire on its way.
/// - A session is returned while its start is after now − retention.
/// - Starts and ends are forgotten one by one: one at or before now − 2 · retention is as if it had never been
///   received. So a later start begins the session anew, and a younger end still counts. `now` is the store's clock
///   when a request is decided.
/// - A start is absorbed by an earlier one that is remembered, even if that one is expired.
/// - A change of the retention acts at once. What was once forgotten may be gone forever: no test may rely on its
///   return when the retention is raised again.
public struct Model: Sendable {
    /// What the accepted events said about one session.
    struct Record: Sendable {
        /// When and where the session began; `nil` if no start is remembered.
        var start: (timestamp: Timestamp, country: CountryCode)?
        /// When it ended; `nil` if no end is remembered.
        var end: Timestamp?
    }

    /// How long sessions are kept; may change between any two requests.
    public var retention: Retention
    private var players: [Identifier: [Identifier: Record]] = [:]

    /// Creates an empty model.
    public init(retention: Retention = .forever) {
        self.retention = retention
    }

    /// Every player of whom an event was received, in the order of the ids.
    public var playerIDs: [Identifier] { players.keys.sorted() }

    /// Applies a batch at the instant `now`.
    public mutating func apply(_ batch: EventBatch, now: Timestamp) {
        for event in batch.events { apply(event, now: now) }
    }

    /// Applies one event at the instant `now`.
    public mutating func apply(_ event: SessionEvent, now: Timestamp) {
        let horizon = retention.horizon(at: now)
        func isForgotten(_ timestamp: Timestamp) -> Bool {
            horizon.map { timestamp <= $0 } ?? false
        }

        if isForgotten(event.timestamp) { return }
        var record = players[event.playerID]?[event.sessionID] ?? Record()
        if let start = record.start, isForgotten(start.timestamp) { record.start = nil }
        if let end = record.end, isForgotten(end) { record.end = nil }

        switch event.kind {
        case .start(let country):
            // The earliest start; on equal instants the country that sorts last.
            if let known = record.start {
                if event.timestamp < known.timestamp {
                    record.start = (event.timestamp, country)
                } else if event.timestamp == known.timestamp {
                    record.start = (known.timestamp, max(known.country, country))
                }
            } else {
                record.start = (event.timestamp, country)
            }
        case .end:
            // The latest end.
            record.end = max(record.end ?? event.timestamp, event.timestamp)
        }
        players[event.playerID, default: [:]][event.sessionID] = record
    }

    /// Returns how many sessions started in the window, by country: those whose start is in (from, until] and not
    /// expired.
    public func counts(in window: TrailingWindow, now: Timestamp) -> StartCounts {
        var counts: StartCounts = [:]
        for sessions in players.values {
            for record in sessions.values {
                guard let start = record.start, isVisible(start.timestamp, now: now),
                    start.timestamp > window.from, start.timestamp <= window.until
                else { continue }
                counts[start.country, default: 0] += 1
            }
        }
        return counts
    }

    /// Returns the player's complete sessions: latest end first, equal ends by session id, byte by byte.
    public func latestSessions(of playerID: Identifier, limit: Int, now: Timestamp) -> [Session] {
        var complete: [Session] = []
        for (sessionID, record) in players[playerID] ?? [:] {
            guard let start = record.start, isVisible(start.timestamp, now: now),
                let end = record.end, end >= start.timestamp
            else { continue }
            complete.append(
                Session(sessionID: sessionID, country: start.country, start: start.timestamp, end: end)
            )
        }
        complete.sort { left, right in
            if left.end != right.end { return left.end > right.end }
            return left.sessionID.bytes.lexicographicallyPrecedes(right.sessionID.bytes)
        }
        return Array(complete.prefix(limit))
    }

    /// Returns what is remembered of every session at the instant `now`, without sessions of which nothing is.
    public func remembered(at now: Timestamp) -> [SessionKey: SessionRecord] {
        var all: [SessionKey: SessionRecord] = [:]
        for (playerID, sessions) in players {
            for (sessionID, record) in sessions {
                func isForgotten(_ timestamp: Timestamp) -> Bool {
                    retention.horizon(at: now).map { timestamp <= $0 } ?? false
                }
                var left = SessionRecord()
                if let start = record.start, !isForgotten(start.timestamp) {
                    left.start = .init(timestamp: start.timestamp, country: start.country)
                }
                if let end = record.end, !isForgotten(end) { left.end = end }
                if left != SessionRecord() { all[SessionKey(playerID, sessionID)] = left }
            }
        }
        return all
    }

    private func isVisible(_ start: Timestamp, now: Timestamp) -> Bool {
        guard let cutoff = retention.cutoff(at: now) else { return true }
        return start > cutoff
    }
}
