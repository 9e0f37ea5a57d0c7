public import PlayerSessions

/// The contents of a body of event lines.
public struct DecodedBatch: Sendable {
    /// The valid events, in the order of their lines.
    public var events: EventBatch
    /// The number of nonblank lines.
    public var lines: Int
    /// The errors by line, then in the order of `EventField`, at most one per field.
    ///
    /// The list stops at `DecodingLimits.maximumErrors`.
    public var errors: [LineError]
    /// The number of every line with an error, rising; this list is always complete.
    public var invalidLines: [Int]
}

/// An error in one line of a batch.
public struct LineError: Sendable, Hashable {
    /// The line's number; the first is 1, and blank lines count.
    public var line: Int
    /// The invalid field; `nil` if the line as a whole is invalid.
    public var field: EventField?
    /// What is wrong and what would be right, to be read after the name of the field or the line.
    public var message: String

    /// Makes an error.
    public init(line: Int, field: EventField?, message: String) {
        self.line = line
        self.field = field
        self.message = message
    }
}
