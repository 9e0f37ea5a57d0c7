import Testing

@testable import player_sessions

@Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")])
func `thousands are set apart`(number: Int, text: String) {
    #expect(grouped(number) == text)
}

@Test(arguments: [
    (0.0, 1, "0.0"), (0.04, 1, "0.0"), (0.96, 1, "1.0"), (12.345, 2, "12.35"), (1.05, 0, "1"),
    (.infinity, 1, "?"), (-5, 1, "?"), (-1e300, 1, "?"), (1e300, 1, "?"), (.nan, 0, "?"),
])
func `a decimal is rounded to its digits`(number: Double, digits: Int, text: String) {
    #expect(decimal(number, digits: digits) == text)
}

@Test(arguments: [(0, "0 B"), (1_023, "1023 B"), (1_536, "1.5 KiB"), (5 << 30, "5.0 GiB")])
func `bytes have a unit that suits`(bytes: Int, text: String) {
    #expect(byteSize(bytes) == text)
}

@Test(arguments: [
    (0.0, "0s"), (59.4, "59s"), (59.6, "1m00s"), (185, "3m05s"), (7_620, "2h07m"), (442_800, "5d03h"),
    (.nan, "?"), (-1, "?"), (-1e300, "?"), (1e300, "?"), (-.infinity, "?"),
])
func `a length of time is said in two units at most`(seconds: Double, text: String) {
    #expect(shortDuration(seconds: seconds) == text)
}

@Test(arguments: [
    (100, 2.0, "50"), (.max, 0.0, "9,223,372,036,854,775,807"), (.max, 1e9, "9,223,372,036"), (0, 0, "0"),
])
func `a rate stays in its range whatever a service claims`(number: Int, seconds: Double, text: String) {
    #expect(rate(number, seconds: seconds) == text)
}
