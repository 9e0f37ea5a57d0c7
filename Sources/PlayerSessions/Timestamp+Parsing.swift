extension Timestamp {
    /// Why a text is no `ts`; `description` says what would be right.
    public enum ParseError: Error, Hashable, Sendable, CustomStringConvertible {
        /// Not of the form `YYYY-MM-DDThh:mm:ss[.fraction][Z|±hh:mm]`.
        case malformed
        /// A month, day, hour, minute, second or offset that no clock shows.
        case nonexistent
        /// Outside the years 1970 to 2261, in UTC.
        case outOfRange

        /// What is wrong and what would be right.
        public var description: String {
            switch self {
            case .malformed:
                "must be an RFC 3339 date and time, such as 2016-12-02T12:48:05.520022Z"
            case .nonexistent:
                "is a date or time that does not exist"
            case .outOfRange:
                "must lie in the years 1970 to 2261, in UTC"
            }
        }
    }

    /// Reads a date and time as the contract's `ts`: RFC 3339, a little wider.
    ///
    /// `T`, `t` or a space between date and time; seconds required; a fraction of 1 to 9 digits, cut to the
    /// microsecond; then `Z`, `z`, an offset up to ±23:59, or nothing, which means UTC.
    ///
    /// - Parameter text: the ASCII bytes of the whole field.
    /// - Throws: `ParseError`. Costs no allocation.
    public init(parsing text: Span<UInt8>) throws(ParseError) {
        let count = text.count
        guard count >= 19 else { throw .malformed }
        let year = try Timestamp.number(text, at: 0, digits: 4)
        let month = try Timestamp.number(text, at: 5, digits: 2)
        let day = try Timestamp.number(text, at: 8, digits: 2)
        let hour = try Timestamp.number(text, at: 11, digits: 2)
        let minute = try Timestamp.number(text, at: 14, digits: 2)
        let second = try Timestamp.number(text, at: 17, digits: 2)
        let separator = text[10]
        guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t")
                || separator == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":")
        else { throw .malformed }

        var index = 19
        let fraction = try Timestamp.fraction(text, &index)
        let offsetMinutes = try Timestamp.offset(text, &index)
        guard index == count else { throw .malformed }

        let date = CivilDate(year: year, month: month, day: day)
        guard (1...12).contains(month), day >= 1, day <= date.daysInMonth, hour < 24, minute < 60, second < 60
        else { throw .nonexistent }
        let minutes = Int64(date.daysSinceEpoch) * 1_440 + Int64(hour * 60 + minute - offsetMinutes)
        let result = (minutes * 60 + Int64(second)) * Microseconds.perSecond + fraction
        guard result >= Timestamp.earliest.microseconds, result <= Timestamp.latest.microseconds else {
            throw .outOfRange
        }
        self.init(microseconds: result)
    }

    /// Reads a date and time from a string; see `init(parsing: Span<UInt8>)`.
    public init(parsing text: String) throws(ParseError) {
        try self.init(parsing: Array(text.utf8).span)
    }

    /// The microseconds of an optional `.digits` at `index`.
    private static func fraction(_ text: Span<UInt8>, _ index: inout Int) throws(ParseError) -> Int64 {
        guard index < text.count, text[index] == UInt8(ascii: ".") else { return 0 }
        index += 1
        let first = index
        var value: Int64 = 0
        while index < text.count, let digit = digit(text[index]) {
            if index - first < 6 { value = value * 10 + Int64(digit) }
            index += 1
        }
        let digits = index - first
        guard (1...9).contains(digits) else { throw .malformed }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    /// The minutes east of UTC of an optional zone at `index`.
    private static func offset(_ text: Span<UInt8>, _ index: inout Int) throws(ParseError) -> Int {
        guard index < text.count else { return 0 }
        let sign = text[index]
        if sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") {
            index += 1
            return 0
        }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), text.count - index >= 6,
            text[index + 3] == UInt8(ascii: ":")
        else { throw .malformed }
        let hours = try number(text, at: index + 1, digits: 2)
        let minutes = try number(text, at: index + 4, digits: 2)
        guard hours < 24, minutes < 60 else { throw .nonexistent }
        index += 6
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
    }

    @inline(__always)
    private static func number(_ text: Span<UInt8>, at index: Int, digits: Int) throws(ParseError) -> Int {
        var value = 0
        for position in index..<(index + digits) {
            guard let digit = digit(text[position]) else { throw .malformed }
            value = value * 10 + digit
        }
        return value
    }

    @inline(__always)
    private static func digit(_ byte: UInt8) -> Int? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? Int(value) : nil
    }
}
