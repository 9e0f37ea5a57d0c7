import PlayerSessions
import Testing

struct CivilDateTests {
    @Test(
        arguments: [
            (0, 1970, 1, 1), (-1, 1969, 12, 31), (17_137, 2016, 12, 2), (11_016, 2000, 2, 29),
            (-719_528, 0, 1, 1),
            (-719_468, 0, 3, 1), (106_650, 2261, 12, 31), (-719_529, -1, 12, 31),
        ]
    )
    func `days since 1970 and dates are the same`(days: Int, year: Int, month: Int, day: Int) {
        let date = CivilDate(year: year, month: month, day: day)
        #expect(date.daysSinceEpoch == days)
        #expect(CivilDate(daysSinceEpoch: days) == date)
    }

    @Test func `every day of 800 years follows the one before by the calendar`() {
        var expected = CivilDate(year: 1_600, month: 1, day: 1)
        let first = expected.daysSinceEpoch
        for days in first..<(first + 2 * 146_097) {
            let date = CivilDate(daysSinceEpoch: days)
            guard date == expected, date.daysSinceEpoch == days else {
                Issue.record("day \(days) is \(date), not \(expected)")
                return
            }
            expected.day += 1
            if expected.day > expected.daysInMonth {
                expected.day = 1
                expected.month = expected.month == 12 ? 1 : expected.month + 1
                expected.year += expected.month == 1 ? 1 : 0
            }
        }
    }

    @Test(arguments: [
        (1_900, 28), (2_000, 29), (2_015, 28), (2_016, 29), (2_100, 28), (0, 29), (-4, 29), (-100, 28),
    ])
    func `February has 29 days in leap years`(year: Int, days: Int) {
        #expect(CivilDate(year: year, month: 2, day: 1).daysInMonth == days)
    }
}
