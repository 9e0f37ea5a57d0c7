import PlayerSessions

/// What a batch says of one session: its earliest start and its latest end.
struct SessionChange: Hashable, Sendable {
    var key: SessionKey
    /// The earliest start; of equal instants, the one with the country that sorts last.
    var start: SessionRecord.Start?
    /// The latest end, in µs.
    var end: Int64?

    /// Returns the changes of a batch, one per session, in the order in which the sessions first appear.
    ///
    /// Events at or before `horizon` are left out.
    static func changes(of batch: EventBatch, forgottenUntil horizon: Timestamp?) -> [SessionChange] {
        var changes: [SessionChange] = []
        var places: [SessionKey: Int] = [:]
        for entry in batch.entries {
            if let horizon, entry.timestamp <= horizon { continue }
            let key = SessionKey(batch.playerID(of: entry), batch.sessionID(of: entry))
            let place = places[key] ?? changes.count
            if place == changes.count {
                places[key] = place
                changes.append(SessionChange(key: key))
            }
            if let country = CountryCode(rawValue: entry.country) {
                let start = SessionRecord.Start(timestamp: entry.timestamp, country: country)
                if changes[place].start.map({ start.supersedes($0) }) ?? true { changes[place].start = start }
            } else {
                changes[place].end = max(changes[place].end ?? .min, entry.timestamp.microseconds)
            }
        }
        return changes
    }
}
