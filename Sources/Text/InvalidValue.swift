/// Why a text is not a valid value.
public struct InvalidValue: Error, Hashable, Sendable {
    /// What would be right, said after the value: `must be 1 to 100`.
    public var reason: String

    /// Makes an error of what would be right.
    public init(_ reason: String) {
        self.reason = reason
    }
}
