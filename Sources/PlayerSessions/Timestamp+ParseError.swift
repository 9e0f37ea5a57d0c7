extension Timestamp {
    /// Why a text is not a `ts`; `description` names the part that is wrong, what was given and what would be right.
    public enum ParseError: Error, Hashable, Sendable {
        /// The text does not have this part at a byte, counted from 0; `found` is `nil` if the text ends there.
        case malformed(Part, at: Int32, found: UInt8?)
        /// A number instead of a date and time, and its meaning if read as a time since 1970.
        case number(EpochNumber?)
        /// A month other than 01 to 12.
        case month(UInt8)
        /// A day that its month does not have.
        case day(UInt8, month: UInt8, year: UInt16)
        /// An hour above 23.
        case hour(UInt8)
        /// A minute above 59.
        case minute(UInt8)
        /// A second above 59.
        case second(UInt8)
        /// An offset above 23:59.
        case offset(isWest: Bool, hours: UInt8, minutes: UInt8)
        /// Outside the years 1970 to 2261, in UTC.
        case outOfRange(year: Int16)

        /// A part of a date and time that may be missing, as messages name it.
        public enum Part: String, Sendable {
            case year = "the year's four digits"
            case month = "the month's two digits"
            case day = "the day's two digits"
            case hour = "the hour's two digits"
            case minute = "the minute's two digits"
            case second = "the second's two digits"
            case dash = "'-'"
            case separator = "'T' and a time"
            case colon = "':'"
            case fraction = "a digit of the fraction"
            case zone = "'Z', 'UTC' or an offset such as +01:00"
            case offsetHours = "the offset's hours, two digits,"
            case offsetMinutes = "the offset's minutes, two digits,"
            case end = "the end"
        }
    }
}

extension Timestamp.ParseError {
    /// What a `ts` must be, phrased to follow its name.
    public static let rule = "must be an RFC 3339 date and time, such as 2016-12-02T12:48:05.520022Z"

    /// Returns the error of a number given as a `ts`.
    public static func ofNumber(_ text: Span<UInt8>) -> Self { .number(EpochNumber(text)) }

    /// Returns the error of a text without `part` at `index`, or that of a number.
    @inline(never)
    static func malformed(_ part: Part, _ text: Span<UInt8>, at index: Int) -> Self {
        if EpochNumber.isNumber(text) { return ofNumber(text) }
        let found = index < text.count ? text[index] : nil
        return .malformed(part, at: Int32(clamping: index), found: found)
    }

    /// Returns the error of a date and time of which one part is out of range.
    @inline(never)
    static func nonexistent(_ date: CivilDate, hour: Int, minute: Int, second: Int) -> Self {
        let month = UInt8(clamping: date.month)
        if !(1...12).contains(date.month) { return .month(month) }
        if !(1...date.daysInMonth).contains(date.day) {
            return .day(UInt8(clamping: date.day), month: month, year: UInt16(clamping: date.year))
        }
        if hour > 23 { return .hour(UInt8(clamping: hour)) }
        return minute > 59 ? .minute(UInt8(clamping: minute)) : .second(UInt8(clamping: second))
    }

    static func outOfRange(_ instant: Timestamp) -> Self {
        let days = instant.microseconds.quotientAndRemainder(flooringBy: Microseconds.perDay).quotient
        return .outOfRange(year: Int16(clamping: CivilDate(daysSinceEpoch: Int(days)).year))
    }
}

extension Timestamp.ParseError: CustomStringConvertible {
    /// What is wrong and what would be right, phrased to follow the field's name.
    public var description: String {
        switch self {
        case .malformed(let part, let index, let found):
            "\(Timestamp.ParseError.rule); it \(Timestamp.ParseError.fault(part, index, found))"
        case .number(let number):
            "must be an RFC 3339 date and time in quotes, not a number"
                + (number.map { "; read as \($0.unit) since 1970, it is \"\($0.instant)\"" } ?? "")
        case .month(let month): "has month \(padded(month)), which must be 01 to 12"
        case .day(let day, let month, let year):
            "has day \(padded(day)), but \(padded(year, to: 4))-\(padded(month)) has days 01 to "
                + padded(CivilDate(year: Int(year), month: Int(month), day: 1).daysInMonth)
        case .hour(let hour): "has hour \(padded(hour)), which must be 00 to 23"
        case .minute(let minute): "has minute \(padded(minute)), which must be 00 to 59"
        case .second(let second): "has second \(padded(second)), which must be 00 to 59"
        case .offset(let isWest, let hours, let minutes):
            "has offset \(isWest ? "-" : "+")\(padded(hours)):\(padded(minutes)), which must be -23:59 to +23:59"
        case .outOfRange(let year):
            "lies in the year \(padded(year, to: 4)), in UTC; it must lie in the years 1970 to 2261"
        }
    }

    private static func fault(_ part: Part, _ index: Int32, _ found: UInt8?) -> String {
        guard let found else { return index == 0 ? "is empty" : "ends where \(part.rawValue) must be" }
        if found == UInt8(ascii: "["), part == .end || part == .zone {
            return "has a zone in brackets at byte \(index + 1): send what is before it, with its offset"
        }
        let shown =
            switch found {
            case 0x20: "a space"
            case 0x21...0x7E: "'\(Unicode.Scalar(found))'"
            default: "the byte 0x" + padded(found, radix: 16)
            }
        return "has \(shown) at byte \(index + 1) where \(part.rawValue) must be"
    }
}

/// Returns a number padded with zeros.
private func padded(_ number: some BinaryInteger, to length: Int = 2, radix: Int = 10) -> String {
    let digits = String(number.magnitude, radix: radix, uppercase: true)
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, length - digits.count)) + digits
}
