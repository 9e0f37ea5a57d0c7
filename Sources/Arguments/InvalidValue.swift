/// Why a text is no value of an option.
public struct InvalidValue: Error, Hashable, Sendable {
    /// What would be right, said after the value: `must be 1 to 100`.
    public var message: String

    /// Makes an error of what would be right.
    public init(_ message: String) {
        self.message = message
    }
}
