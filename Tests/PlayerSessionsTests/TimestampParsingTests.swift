import Fuzzing
import PlayerSessions
import Testing

struct TimestampParsingTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2016-12-02T12:48:05.520022", 1_480_682_885_520_022),
            ("2016-12-02t12:48:05.520022z", 1_480_682_885_520_022),
            ("2016-12-02 12:48:05Z", 1_480_682_885_000_000),
            ("2016-12-02T12:48:05.5", 1_480_682_885_500_000),
            ("2016-12-02T12:48:05.0000019", 1_480_682_885_000_001),
            ("2016-12-02T12:48:05.999999999", 1_480_682_885_999_999),
            ("2016-12-02T12:48:05.00000099Z", 1_480_682_885_000_000),
            ("2016-12-02T14:48:05+02:00", 1_480_682_885_000_000),
            ("2016-12-02T11:18:05.1-01:30", 1_480_682_885_100_000),
            ("2016-12-02T12:48:05-00:00", 1_480_682_885_000_000),
            ("2016-12-02T12:48:05+00:00", 1_480_682_885_000_000),
            ("1969-12-31T00:01:00-23:59", 0), ("1970-01-01T23:59:00+23:59", 0),
            ("2000-02-29T00:00:00", 951_782_400_000_000),
            ("2261-12-31T23:59:59.999999Z", 9_214_646_399_999_999),
            ("2261-12-31T23:59:59.999999999", 9_214_646_399_999_999),
            ("2262-01-01T00:00:00+00:01", 9_214_646_340_000_000),
        ] as [(String, Int64)]
    )
    func `a ts is RFC 3339, a little wider, cut to the microsecond`(text: String, microseconds: Int64) throws
    {
        #expect(try Timestamp(parsing: text).microseconds == microseconds)
    }

    @Test(
        arguments: [
            "", "2016", "2016-12-02", "2016-12-02T12:48", "2016-12-02T12:48Z", "2016-12-02T12:48:0",
            "2016-12-02T12:48:05.",
            "2016-12-02T12:48:05.Z", "2016-12-02T12:48:05.0123456789", "2016-12-02T12:48:05,5",
            "2016-12-02T12:48:05.5x",
            "2016-12-02T12:48:05ZZ", "2016-12-02T12:48:05Z ", " 2016-12-02T12:48:05", "2016-12-02_12:48:05",
            "2016-12-02  12:48:05", "2016/12/02T12:48:05", "2016-12-02T12.48.05", "16-12-02T12:48:05.00",
            "+016-12-02T12:48:05",
            "-016-12-02T12:48:05", "2016-1-002T12:48:05", "2016-12-02T12:48:05+0200",
            "2016-12-02T12:48:05+02",
            "2016-12-02T12:48:05+2:00", "2016-12-02T12:48:05+02:0", "2016-12-02T12:48:05+02:00Z",
            "2016-12-02T12:48:05*02:00",
            "2016-12-02T12:48:05\u{2212}02:00", "２016-12-02T12:48:05", "2016-12-02T12:48:05+-2:00",
            "02016-12-02T12:48:05",
        ]
    )
    func `a text of another form is malformed`(text: String) {
        #expect(throws: Timestamp.ParseError.malformed) { try Timestamp(parsing: text) }
    }

    @Test(
        arguments: [
            "2016-02-30T00:00:00", "2015-02-29T00:00:00", "2100-02-29T00:00:00", "2016-04-31T00:00:00",
            "2016-00-10T00:00:00", "2016-13-10T00:00:00", "2016-12-00T00:00:00", "2016-12-32T00:00:00",
            "2016-12-02T24:00:00", "2016-12-02T25:00:00", "2016-12-02T12:60:00", "2016-12-31T23:59:60",
            "2016-12-02T12:48:05+24:00", "2016-12-02T12:48:05-12:60", "2016-99-99T99:99:99",
        ]
    )
    func `a date, time or offset that no clock shows does not exist`(text: String) {
        #expect(throws: Timestamp.ParseError.nonexistent) { try Timestamp(parsing: text) }
    }

    @Test(
        arguments: [
            "1969-12-31T23:59:59.999999999", "0000-01-01T00:00:00", "1970-01-01T00:00:00+00:01",
            "2262-01-01T00:00:00",
            "2261-12-31T23:59:59-00:01", "9999-12-31T23:59:59",
        ]
    )
    func `a year outside 1970 to 2261, in UTC, is out of range`(text: String) {
        #expect(throws: Timestamp.ParseError.outOfRange) { try Timestamp(parsing: text) }
    }

    @Test func `every instant is read as it is written`() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let microseconds = Int64.random(in: 0...Timestamp.latest.microseconds, using: &generator)
            let timestamp = Timestamp(microseconds: microseconds)
            #expect(try Timestamp(parsing: timestamp.description) == timestamp, "seed \(seed)")
            let minutes = Int64.random(in: -1_439...1_439, using: &generator)
            let local = Timestamp(microseconds: microseconds + minutes * Microseconds.perMinute)
            let zone = "\(minutes < 0 ? "-" : "+")\(padded(abs(minutes) / 60)):\(padded(abs(minutes) % 60))"
            guard local.microseconds >= 0 else { continue }
            #expect(try Timestamp(parsing: local.description.dropLast() + zone) == timestamp, "seed \(seed)")
        }
    }

    private func padded(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
