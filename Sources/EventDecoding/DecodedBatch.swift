public import PlayerSessions

/// What a body of event lines holds.
public struct DecodedBatch: Sendable {
    /// The valid events, in the order of their lines.
    public var events: EventBatch
    /// How many lines are not blank.
    public var lines: Int
    /// What is wrong: by line, then in the order of `EventField`, at most one a field.
    ///
    /// The list stops at `DecodingLimits.maximumErrors`.
    public var errors: [LineError]
    /// The number of every line with an error, rising; this list is always complete.
    public var invalidLines: [Int]
}
