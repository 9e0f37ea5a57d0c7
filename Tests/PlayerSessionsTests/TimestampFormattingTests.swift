import PlayerSessions
import Testing

struct TimestampFormattingTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_480_682_885_520_022, "2016-12-02T12:48:05.520022Z"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (9_214_646_399_999_999, "2261-12-31T23:59:59.999999Z"),
            (-3_155_760_000_000_000, "1869-12-31T00:00:00.000000Z"),
        ] as [(Int64, String)]
    )
    func `an instant is written in UTC with six digits, before 1970 too`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test(
        arguments: [(7, 3, 2, 1), (-7, 3, -3, 2), (-6, 3, -2, 0), (0, 3, 0, 0), (-1, 10, -1, 9)]
            as [(Int64, Int64, Int64, Int64)]
    )
    func `the floored quotient's remainder is never negative`(
        number: Int64,
        divisor: Int64,
        quotient: Int64,
        remainder: Int64
    ) {
        #expect(number.quotientAndRemainder(flooringBy: divisor) == (quotient, remainder))
    }
}
