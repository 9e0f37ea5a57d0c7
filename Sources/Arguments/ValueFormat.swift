public import Text

/// The format of an option's value: placeholder, allowed values, and parser.
public struct ValueFormat<Value: Sendable>: Sendable {
    /// The value's placeholder in help: `N`, `FILE`.
    public let placeholder: String
    /// The allowed values, as help shows them: `1 to 100`; `nil` if all are allowed.
    public let allowed: String?
    /// Parses a value.
    public let read: @Sendable (String) throws(InvalidValue) -> Value

    /// Makes a format from its parts.
    public init(
        _ placeholder: String,
        allowed: String? = nil,
        read: @escaping @Sendable (String) throws(InvalidValue) -> Value
    ) {
        self.placeholder = placeholder
        self.allowed = allowed
        self.read = read
    }
}

extension ValueFormat<String> {
    /// Accepts any text that is not empty.
    public static func text(_ placeholder: String) -> ValueFormat {
        ValueFormat(placeholder) { (text) throws(InvalidValue) in
            if text.isEmpty { throw InvalidValue("must not be empty") }
            return text
        }
    }

    /// Accepts one of a few words.
    public static func choice(_ placeholder: String, of words: [String]) -> ValueFormat {
        let list = words.joined(separator: ", ")
        return ValueFormat(placeholder, allowed: list) { (text) throws(InvalidValue) in
            if words.contains(text) { return text }
            let suggestion = nearest(to: text, among: words).map { "; did you mean \($0)?" } ?? ""
            throw InvalidValue("must be one of \(list)\(suggestion)")
        }
    }
}

extension ValueFormat<Int> {
    /// Accepts a whole number in decimal digits.
    public static func integer(_ placeholder: String = "N", in range: ClosedRange<Int>) -> ValueFormat {
        let allowed = "\(range.lowerBound) to \(range.upperBound)"
        return ValueFormat(placeholder, allowed: allowed) { (text) throws(InvalidValue) in
            guard let number = Int(text), range.contains(number), !text.hasPrefix("+") else {
                throw InvalidValue("must be a whole number from \(allowed)")
            }
            return number
        }
    }
}

extension ValueFormat<Duration> {
    /// Accepts a duration: whole seconds, or a whole number with the unit `ms`, `s`, `m` or `h`.
    public static func duration(
        _ placeholder: String = "SECONDS",
        inSeconds range: ClosedRange<Int>
    ) -> ValueFormat {
        let allowed = "\(range.lowerBound) to \(range.upperBound) seconds"
        return ValueFormat(placeholder, allowed: allowed) { (text) throws(InvalidValue) in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let units: [Substring: Int] = ["": 1_000, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]
            guard let number = Int(digits), let unit = units[text.dropFirst(digits.count)] else {
                throw InvalidValue(
                    "must be a whole number of seconds, or one with a unit: 500ms, 30s, 5m, 2h"
                )
            }
            let (milliseconds, overflows) = number.multipliedReportingOverflow(by: unit)
            guard !overflows, milliseconds >= range.lowerBound * 1_000,
                milliseconds <= range.upperBound * 1_000
            else { throw InvalidValue("must be \(allowed)") }
            return .milliseconds(milliseconds)
        }
    }
}
