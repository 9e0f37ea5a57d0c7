/// A named value of a line of the log: a text or a number.
///
/// A conforming type is one or the other as a whole, so that a program that reads JSON finds the same type under the
/// same name each time; a number that JSON cannot express is a text.
public protocol LogValue: Sendable, CustomStringConvertible {
    /// Whether JSON has the description without quotes.
    var isNumber: Bool { get }
}

extension String: LogValue {
    /// Never, even where all characters are digits.
    public var isNumber: Bool { false }
}

extension Int: LogValue {
    /// Always.
    public var isNumber: Bool { true }
}

extension Int64: LogValue {
    /// Always.
    public var isNumber: Bool { true }
}

extension Double: LogValue {
    /// Where it is finite.
    public var isNumber: Bool { isFinite }
}
