/// Why a text is not a valid value.
public struct InvalidValue: Error, Hashable, Sendable {
    /// The rule, to be read after the value: `must be 1 to 100`.
    public var reason: String

    /// Makes an error from the rule.
    public init(_ reason: String) {
        self.reason = reason
    }
}
