/// A query's `num_of_hours`: a decimal of any length, above 0 and at most 876,600 (100 years), held exactly.
public struct HourCount: Hashable, Sendable, CustomStringConvertible {
    /// The length, rounded to the nearest microsecond, halves up, and never less than 1.
    public let microseconds: Int64
    /// The number in its shortest form, a JSON number: `24`, `0.5`; a longer fraction is truncated to 30 digits.
    public let description: String

    /// The most digits of a fraction in `description`: far more than microseconds need, and a bound for every echo.
    private static let shownDigits = 30

    /// The most hours that a query may ask for.
    public static let maximum = 876_600

    /// Why a text is not a number of hours; `description` says what would be right.
    public enum ParseError: Error, Hashable, Sendable, CustomStringConvertible {
        /// Not digits with an optional fraction.
        case malformed
        /// Zero, or more than 100 years.
        case outOfRange

        /// What is wrong and what would be right.
        public var description: String {
            switch self {
            case .malformed:
                "must be digits with an optional fraction, such as 24 or 0.5, no sign, no exponent"
            case .outOfRange: "must be above 0 and at most \(HourCount.maximum)"
            }
        }
    }

    /// Reads digits with an optional fraction.
    ///
    /// The fraction may have any number of digits: an hour is 36·10⁸ µs, so the first eight digits give whole multiples
    /// of 36 µs, and the rest is multiplied by 36 digit by digit from the right.
    public init(parsing text: some Sequence<UInt8>) throws(ParseError) {
        let parts = Array(text).split(
            separator: UInt8(ascii: "."),
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.allSatisfy({ part in !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) } })
        else {
            throw .malformed
        }
        let whole = parts[0].drop { $0 == 0x30 }
        var fraction = parts.count == 2 ? parts[1] : []
        while fraction.last == 0x30 { fraction.removeLast() }
        guard whole.count <= 6 else { throw .outOfRange }
        let hours = whole.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        guard hours > 0 || !fraction.isEmpty,
            hours < HourCount.maximum || (hours == HourCount.maximum && fraction.isEmpty)
        else { throw .outOfRange }

        var leading: Int64 = 0
        let head = fraction.prefix(8)
        for digit in head { leading = leading * 10 + Int64(digit - 0x30) }
        for _ in head.count..<8 { leading *= 10 }
        var carry = 0
        var firstDigit = 0
        for digit in fraction.dropFirst(8).reversed() {
            let product = Int(digit - 0x30) * 36 + carry
            firstDigit = product % 10
            carry = product / 10
        }
        let rounded = leading * 36 + Int64(carry) + (firstDigit >= 5 ? 1 : 0)
        microseconds = max(1, hours * Microseconds.perHour + rounded)
        let wholeText = whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)
        var shown = Array(fraction.prefix(HourCount.shownDigits))
        if whole.isEmpty, !shown.isEmpty, shown.allSatisfy({ $0 == 0x30 }) { shown[shown.count - 1] = 0x31 }
        while shown.last == 0x30 { shown.removeLast() }
        description = shown.isEmpty ? wholeText : wholeText + "." + String(decoding: shown, as: UTF8.self)
    }
}
