extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with six digits of fraction: `2016-12-02T12:48:05.520022Z`.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the RFC 3339 form, 27 bytes.
    public func append(to text: inout [UInt8]) {
        let (days, time) = microseconds.quotientAndRemainder(flooringBy: Microseconds.perDay)
        let date = CivilDate(daysSinceEpoch: Int(days))
        let second = Int(time / Microseconds.perSecond)
        Timestamp.append(date.year, digits: 4, "-", to: &text)
        Timestamp.append(date.month, digits: 2, "-", to: &text)
        Timestamp.append(date.day, digits: 2, "T", to: &text)
        Timestamp.append(second / 3_600, digits: 2, ":", to: &text)
        Timestamp.append(second / 60 % 60, digits: 2, ":", to: &text)
        Timestamp.append(second % 60, digits: 2, ".", to: &text)
        Timestamp.append(Int(time % Microseconds.perSecond), digits: 6, "Z", to: &text)
    }

    private static func append(
        _ number: Int,
        digits: Int,
        _ suffix: Unicode.Scalar,
        to text: inout [UInt8]
    ) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
        text.append(UInt8(ascii: suffix))
    }
}

extension Int64 {
    /// Returns the quotient rounded down, and the remainder, which is never negative.
    @inlinable
    package func quotientAndRemainder(flooringBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
