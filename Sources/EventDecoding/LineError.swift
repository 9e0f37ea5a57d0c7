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
