/// A known field of an event; the raw value is its name in a batch.
public enum EventField: String, Sendable, CaseIterable {
    /// `"start"` or `"end"`.
    case event
    /// The player whose session it is.
    case player_id
    /// The session, among those of the player.
    case session_id
    /// When the session began or ended.
    case ts
    /// Where the session began.
    case country
}

extension EventField {
    /// Makes the field of this name, which must have its escapes resolved; `nil` if there is none.
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
