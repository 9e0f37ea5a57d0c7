extension Timestamp {
    /// Reads a date and time as the contract's `ts`: RFC 3339, and other forms that languages and databases write.
    ///
    /// `YYYY-MM-DD`; `T`, `t` or a space; `hh:mm` or `hh:mm:ss`; after seconds, a fraction of any number of digits
    /// after `.` or `,`, truncated to the microsecond; then nothing, which means UTC, or a zone, with or without a
    /// space before it: `Z`, `z`, `UTC`, `±hh:mm`, `±hhmm` or `±hh`, up to ±23:59. Does not allocate.
    ///
    /// - Parameter text: the ASCII bytes of the whole field.
    /// - Throws: `ParseError` for the first part that is wrong.
    public init(parsing text: Span<UInt8>) throws(ParseError) {
        var index = 0
        let year = try Timestamp.number(text, &index, digits: 4, .year)
        try Timestamp.skip(UInt8(ascii: "-"), text, &index, .dash)
        let month = try Timestamp.number(text, &index, digits: 2, .month)
        try Timestamp.skip(UInt8(ascii: "-"), text, &index, .dash)
        let day = try Timestamp.number(text, &index, digits: 2, .day)
        guard index < text.count, text[index] == UInt8(ascii: " ") || text[index] | 0x20 == UInt8(ascii: "t")
        else { throw .malformed(.separator, text, at: index) }
        index += 1
        let hour = try Timestamp.number(text, &index, digits: 2, .hour)
        try Timestamp.skip(UInt8(ascii: ":"), text, &index, .colon)
        let minute = try Timestamp.number(text, &index, digits: 2, .minute)
        var second = 0
        var fraction: Int64 = 0
        if index < text.count, text[index] == UInt8(ascii: ":") {
            index += 1
            second = try Timestamp.number(text, &index, digits: 2, .second)
            fraction = try Timestamp.fraction(text, &index)
        }
        let offsetMinutes = try Timestamp.offset(text, &index)
        guard index == text.count else { throw .malformed(.end, text, at: index) }

        let date = CivilDate(year: year, month: month, day: day)
        guard (1...12).contains(month), day >= 1, day <= date.daysInMonth, hour < 24, minute < 60, second < 60
        else { throw .nonexistent(date, hour: hour, minute: minute, second: second) }
        let minutes = Int64(date.daysSinceEpoch) * 1_440 + Int64(hour * 60 + minute - offsetMinutes)
        let result = Timestamp(
            microseconds: (minutes * 60 + Int64(second)) * Microseconds.perSecond + fraction
        )
        guard result >= Timestamp.earliest, result <= Timestamp.latest else { throw .outOfRange(result) }
        self = result
    }

    /// Reads a date and time from a string; see `init(parsing: Span<UInt8>)`.
    public init(parsing text: String) throws(ParseError) {
        try self.init(parsing: Array(text.utf8).span)
    }

    /// Returns the microseconds of an optional `.digits` or `,digits` at `index`.
    @inline(__always)
    private static func fraction(_ text: Span<UInt8>, _ index: inout Int) throws(ParseError) -> Int64 {
        guard index < text.count, text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: ",")
        else { return 0 }
        index += 1
        let first = index
        var value: Int64 = 0
        while index < text.count, let digit = digit(text[index]) {
            if index - first < 6 { value = value * 10 + Int64(digit) }
            index += 1
        }
        let digits = index - first
        guard digits > 0 else { throw .malformed(.fraction, text, at: index) }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    /// Returns the minutes east of UTC of an optional zone at `index`, which a space may precede.
    @inline(__always)
    private static func offset(_ text: Span<UInt8>, _ index: inout Int) throws(ParseError) -> Int {
        guard index < text.count else { return 0 }
        if text[index] | 0x20 == UInt8(ascii: "z") {
            index += 1
            return 0
        }
        return try otherOffset(text, &index)
    }

    private static func otherOffset(_ text: Span<UInt8>, _ index: inout Int) throws(ParseError) -> Int {
        if text[index] == UInt8(ascii: " ") { index += 1 }
        guard index < text.count else { throw .malformed(.zone, text, at: index) }
        let sign = text[index]
        switch sign {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            index += 1
            return 0
        case UInt8(ascii: "U"):
            for letter in "UTC".utf8 { try skip(letter, text, &index, .zone) }
            return 0
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            index += 1
            let hours = try number(text, &index, digits: 2, .offsetHours)
            var minutes = 0
            if index < text.count, text[index] == UInt8(ascii: ":") || digit(text[index]) != nil {
                if text[index] == UInt8(ascii: ":") { index += 1 }
                minutes = try number(text, &index, digits: 2, .offsetMinutes)
            }
            let isWest = sign == UInt8(ascii: "-")
            guard hours < 24, minutes < 60 else {
                throw .offset(isWest: isWest, hours: UInt8(hours), minutes: UInt8(minutes))
            }
            return (isWest ? -1 : 1) * (hours * 60 + minutes)
        default: throw .malformed(.zone, text, at: index)
        }
    }

    @inline(__always)
    private static func skip(
        _ byte: UInt8,
        _ text: Span<UInt8>,
        _ index: inout Int,
        _ part: ParseError.Part
    ) throws(ParseError) {
        guard index < text.count, text[index] == byte else { throw .malformed(part, text, at: index) }
        index += 1
    }

    @inline(__always)
    private static func number(
        _ text: Span<UInt8>,
        _ index: inout Int,
        digits: Int,
        _ part: ParseError.Part
    ) throws(ParseError) -> Int {
        var value = 0
        for _ in 0..<digits {
            guard index < text.count, let digit = digit(text[index]) else {
                throw .malformed(part, text, at: index)
            }
            value = value * 10 + digit
            index += 1
        }
        return value
    }

    @inline(__always)
    private static func digit(_ byte: UInt8) -> Int? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? Int(value) : nil
    }
}
