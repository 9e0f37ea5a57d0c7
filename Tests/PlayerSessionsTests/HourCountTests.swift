import Fuzzing
import PlayerSessions
import Testing

struct HourCountTests {
    @Test(
        arguments: [
            ("24", 86_400_000_000, "24"), ("1", 3_600_000_000, "1"), ("0024", 86_400_000_000, "24"),
            ("24.0", 86_400_000_000, "24"), ("0.5", 1_800_000_000, "0.5"), ("00.50", 1_800_000_000, "0.5"),
            ("1.25", 4_500_000_000, "1.25"), ("876600", 3_155_760_000_000_000, "876600"),
            ("876600.000", 3_155_760_000_000_000, "876600"), ("0.00000001", 36, "0.00000001"),
            ("0.000000001", 4, "0.000000001"), ("0.0000000001", 1, "0.0000000001"),
            ("0.000000000000000000001", 1, "0.000000000000000000001"),
            ("0.33333333333333333333", 1_200_000_000, "0.33333333333333333333"),
            ("876599.999999999999999", 3_155_760_000_000_000, "876599.999999999999999"),
            // Halves up: 0.125 of 36 is 4.5; a hair less is 4.
            ("0.00000000125", 5, "0.00000000125"),
            ("0.00000000124999999999999999", 4, "0.00000000124999999999999999"),
            ("0.000000013888888888888888888", 50, "0.000000013888888888888888888"),
        ] as [(String, Int64, String)]
    )
    func `hours are exact, rounded to the nearest microsecond, halves up, at least 1`(
        text: String,
        microseconds: Int64,
        description: String
    ) throws {
        let hours = try HourCount(parsing: text.utf8)
        #expect(hours.microseconds == microseconds)
        #expect(hours.description == description)
    }

    @Test(arguments: [
        ("24." + String(repeating: "0", count: 60_000), "24"),
        ("0." + String(repeating: "3", count: 60_000), "0." + String(repeating: "3", count: 30)),
        ("1." + String(repeating: "0", count: 40) + "1", "1"),
        ("0." + String(repeating: "0", count: 60_000) + "1", "0." + String(repeating: "0", count: 29) + "1"),
    ])
    func `a fraction of any length is read and shown in few digits`(text: String, description: String) throws
    {
        let hours = try HourCount(parsing: text.utf8)
        #expect(hours.description == description)
        #expect(try HourCount(parsing: hours.description.utf8).microseconds == hours.microseconds)
    }

    @Test(
        arguments: [
            "", ".", "1.", ".5", "1.2.3", "+1", "-1", "1e3", "1E3", " 1", "1 ", "1,5", "0x10", "٣", "NaN",
            "24h", "1_000", "\0",
        ]
    )
    func `anything but digits with an optional fraction is malformed`(text: String) {
        #expect(throws: HourCount.ParseError.malformed) { try HourCount(parsing: text.utf8) }
    }

    @Test(
        arguments: [
            "0", "0.0", "000", "0.000000000000", "876600.000000001", "876601", "1000000",
            "99999999999999999999999999",
        ]
    )
    func `zero, and more than 100 years, are out of range`(text: String) {
        #expect(throws: HourCount.ParseError.outOfRange) { try HourCount(parsing: text.utf8) }
    }

    @Test func `fractions of up to eighteen digits agree with exact arithmetic`() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let digits = Int.random(in: 1...18, using: &generator)
            var scale: UInt64 = 1
            for _ in 0..<digits { scale *= 10 }
            let fraction = UInt64.random(in: 1..<scale, using: &generator)
            let zeros = String(repeating: "0", count: digits - String(fraction).count)
            let product = fraction.multipliedFullWidth(by: 3_600_000_000)
            let (quotient, remainder) = scale.dividingFullWidth(product)
            let expected = max(1, quotient + (remainder >= scale - remainder ? 1 : 0))
            let read = try HourCount(parsing: "0.\(zeros)\(fraction)".utf8)
            #expect(read.microseconds == Int64(expected), "seed \(seed)")
        }
    }
}
