/// A number that programs write for an instant: seconds, milliseconds, microseconds or nanoseconds since 1970.
///
/// No event may have one; it serves the error messages that say what would be right.
public struct EpochNumber: Hashable, Sendable {
    /// What the number counts.
    public enum Unit: Int64, Sendable, CustomStringConvertible {
        case seconds = 1_000_000_000
        case milliseconds = 1_000_000
        case microseconds = 1_000
        case nanoseconds = 1

        /// The unit's name.
        public var description: String {
            switch self {
            case .seconds: "seconds"
            case .milliseconds: "milliseconds"
            case .microseconds: "microseconds"
            case .nanoseconds: "nanoseconds"
            }
        }
    }

    /// The instant, truncated to the microsecond.
    public let instant: Timestamp
    /// The unit, derived from the number's magnitude.
    public let unit: Unit

    /// Reads digits with an optional fraction; `nil` unless the number of digits before it gives the unit.
    ///
    /// From September 2001 to 2261 that is 10, 13, 16 or 19, by unit.
    public init?(_ text: Span<UInt8>) {
        guard EpochNumber.isNumber(text) else { return nil }
        let whole = EpochNumber.digits(text, from: 0)
        switch whole {
        case 10: unit = .seconds
        case 13: unit = .milliseconds
        case 16: unit = .microseconds
        case 19: unit = .nanoseconds
        default: return nil
        }
        // All in nanoseconds, 19 digits: n whole digits and the first 19 - n of the fraction.
        var nanoseconds: UInt64 = 0
        for position in 0..<19 {
            let index = position < whole ? position : position + 1
            let digit = index < text.count ? text[index] - UInt8(ascii: "0") : 0
            nanoseconds = nanoseconds * 10 + UInt64(digit)
        }
        instant = Timestamp(microseconds: Int64(nanoseconds / 1_000))
        guard text[0] != UInt8(ascii: "0"), instant <= Timestamp.latest else { return nil }
    }

    /// Whether a text is an optional minus, digits and an optional fraction.
    static func isNumber(_ text: Span<UInt8>) -> Bool {
        let start = text.count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        let whole = digits(text, from: start)
        guard whole > 0, start + whole < text.count else { return whole > 0 }
        let fraction = digits(text, from: start + whole + 1)
        return text[start + whole] == UInt8(ascii: ".") && fraction > 0
            && start + whole + 1 + fraction == text.count
    }

    private static func digits(_ text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, (0x30...0x39).contains(text[index]) { index += 1 }
        return index - start
    }
}
