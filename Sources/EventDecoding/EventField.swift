/// A known field of an event, by its name in a batch.
public enum EventField: String, Sendable, CaseIterable {
    /// `"start"` or `"end"`.
    case event
    /// Whose session it is.
    case player_id
    /// Which of the player's sessions it is.
    case session_id
    /// When it began or ended.
    case ts
    /// Where a session began.
    case country
}

extension EventField {
    /// The field of this name, its escapes resolved, or `nil`.
    init?(name: Span<UInt8>) {
        if name.isEqual(to: "event") {
            self = .event
        } else if name.isEqual(to: "player_id") {
            self = .player_id
        } else if name.isEqual(to: "session_id") {
            self = .session_id
        } else if name.isEqual(to: "ts") {
            self = .ts
        } else if name.isEqual(to: "country") {
            self = .country
        } else {
            return nil
        }
    }
}
