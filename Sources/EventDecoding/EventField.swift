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
