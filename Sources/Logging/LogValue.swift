/// A named value of a log line: a text or a number.
///
/// Each conforming type is always one or the other, so that a program reading JSON finds the same type under the same
/// name; only a number that JSON cannot express becomes a text.
public protocol LogValue: Sendable, CustomStringConvertible {
    /// Whether JSON shows the description without quotes.
    var isNumber: Bool { get }
}

extension String: LogValue {
    /// Always `false`, even if all characters are digits.
    public var isNumber: Bool { false }
}

extension Int: LogValue {
    /// Always `true`.
    public var isNumber: Bool { true }
}

extension Int64: LogValue {
    /// Always `true`.
    public var isNumber: Bool { true }
}

extension Double: LogValue {
    /// Whether the number is finite.
    public var isNumber: Bool { isFinite }
}
