import PlayerSessions

/// What the contract promises, in the plainest form: every session's start and end, and answers by definition.
///
/// It is written from the contract's words and shares no code with the stores' merge, so that one can check the
/// other. Every answer looks at every session: clarity over speed.
///
/// Retention, as the project reads the contract:
/// - The ingest step refuses expired events, those at or before now − retention. The store is handed only live
///   ones, but an event may expire on its way.
/// - A session shows in answers while its start is after now − retention.
/// - What is remembered is forgotten piece by piece: a start or an end at or before now − 2 · retention is as if
///   it had never been received. So a later start begins the session anew, and a younger end still counts.
///   `now` is the store's clock at the moment at which a request is decided.
/// - A start is absorbed by an earlier one that is remembered, even where that one is expired.
/// - A change of the retention acts at once. What was forgotten once may be gone for good: no test may rely on
///   its coming back when the retention is raised again.
public struct Model: Sendable {
    /// What the accepted events said of one session.
    struct Record: Sendable {
        /// When the session began, and where; `nil` while no start is remembered.
        var start: (timestamp: Timestamp, country: CountryCode)?
        /// When it ended; `nil` while no end is remembered.
        var end: Timestamp?
    }

    /// How long sessions are kept; may change between any two requests.
    public var retention: Retention
    private var players: [Identifier: [Identifier: Record]] = [:]

    /// Makes a model to which nothing has happened.
    public init(retention: Retention = .forever) {
        self.retention = retention
    }

    /// Every player of whom an event was received, in the order of the ids.
    public var playerIDs: [Identifier] { players.keys.sorted() }

    /// Takes a batch in at the instant `now`.
    public mutating func apply(_ batch: EventBatch, now: Timestamp) {
        for event in batch.events { apply(event, now: now) }
    }

    /// Takes one event in at the instant `now`.
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

    /// How many sessions started in the window, by country: each whose start is in (from, until] and not expired.
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

    /// The player's complete sessions: latest end first, equal ends by session id, byte by byte.
    public func topSessions(of playerID: Identifier, limit: Int, now: Timestamp) -> [Session] {
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

    /// What is remembered of every session at the instant `now`, sessions of which nothing is left out.
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
