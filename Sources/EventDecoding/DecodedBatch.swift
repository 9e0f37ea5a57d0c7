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

/// One thing that is wrong with one line of a batch.
public struct LineError: Sendable, Hashable {
    /// The line's number; the first is 1, and blank lines count.
    public var line: Int
    /// The field that is wrong; `nil` where the line as a whole is.
    public var field: EventField?
    /// What is wrong and what would be right, to be read after the field's or the line's name.
    public var message: String

    /// Makes an error.
    public init(line: Int, field: EventField?, message: String) {
        self.line = line
        self.field = field
        self.message = message
    }
}
