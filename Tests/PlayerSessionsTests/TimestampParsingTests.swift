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
            ("2016-12-02T12:48:05,5", 1_480_682_885_500_000),
            ("2016-12-02T12:48:05.0000019", 1_480_682_885_000_001),
            ("2016-12-02T12:48:05.999999999", 1_480_682_885_999_999),
            ("2016-12-02T12:48:05.99999999999999999999Z", 1_480_682_885_999_999),
            ("2016-12-02T12:48:05.00000099Z", 1_480_682_885_000_000),
            ("2016-12-02T14:48:05+02:00", 1_480_682_885_000_000),
            ("2016-12-02T11:18:05.1-01:30", 1_480_682_885_100_000),
            ("2016-12-02T11:18:05.1-0130", 1_480_682_885_100_000),
            ("2016-12-02T10:48:05-02", 1_480_682_885_000_000),
            ("2016-12-02T14:48:05,25 +0200", 1_480_682_885_250_000),
            ("2016-12-02T12:48:05-00:00", 1_480_682_885_000_000),
            ("2016-12-02T12:48:05-00", 1_480_682_885_000_000),
            ("2016-12-02T12:48:05+00:00", 1_480_682_885_000_000),
            ("2016-12-02T12:48:05UTC", 1_480_682_885_000_000),
            ("2016-12-02T12:48:05 Z", 1_480_682_885_000_000),
            ("2016-12-02T12:48", 1_480_682_880_000_000), ("2016-12-02 12:48", 1_480_682_880_000_000),
            ("2016-12-02T12:48Z", 1_480_682_880_000_000), ("2016-12-02T14:48+02", 1_480_682_880_000_000),
            ("2016-12-02T12:48 UTC", 1_480_682_880_000_000),
            ("2016-12-02T14:48 +02:00", 1_480_682_880_000_000),
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
            ("GNU date -Ins", "2016-12-02T13:48:05,520022123+01:00"),
            ("GNU date --rfc-3339=ns", "2016-12-02 13:48:05.520022123+01:00"),
            ("Python isoformat()", "2016-12-02T12:48:05.520022"),
            ("Python isoformat() with a zone", "2016-12-02T12:48:05.520022+00:00"),
            ("Python str()", "2016-12-02 12:48:05.520022+00:00"),
            ("Python strftime('%Y-%m-%d %H:%M:%S.%f %z')", "2016-12-02 13:48:05.520022 +0100"),
            ("Python strftime('%Y-%m-%dT%H:%M:%S.%f%z')", "2016-12-02T13:48:05.520022+0100"),
            ("Java Instant", "2016-12-02T12:48:05.520022Z"),
            ("Java OffsetDateTime", "2016-12-02T13:48:05.520022123+01:00"),
            ("Java LocalDateTime", "2016-12-02T12:48:05.520022123"),
            ("Java java.sql.Timestamp", "2016-12-02 12:48:05.520022"),
            (".NET DateTime \"o\", UTC", "2016-12-02T12:48:05.5200220Z"),
            (".NET DateTime \"o\", local", "2016-12-02T13:48:05.5200220+01:00"),
            (".NET DateTime \"o\", unspecified", "2016-12-02T12:48:05.5200220"),
            ("PostgreSQL timestamptz", "2016-12-02 12:48:05.520022+00"),
            ("PostgreSQL timestamptz in India", "2016-12-02 18:18:05.520022+05:30"),
            ("PostgreSQL timestamp", "2016-12-02 12:48:05.520022"),
            ("MySQL DATETIME(6)", "2016-12-02 12:48:05.520022"),
            ("Go time.RFC3339Nano", "2016-12-02T13:48:05.520022001+01:00"),
            ("Ruby Time#iso8601(6)", "2016-12-02T12:48:05.520022Z"),
            ("Ruby Time#inspect", "2016-12-02 12:48:05.520022 UTC"),
            ("Ruby Time#inspect with an offset", "2016-12-02 13:48:05.520022 +0100"),
            ("Rust chrono DateTime<Utc>", "2016-12-02 12:48:05.520022123 UTC"),
            ("Rust chrono DateTime<FixedOffset>", "2016-12-02 13:48:05.520022123 +01:00"),
            ("BigQuery TIMESTAMP", "2016-12-02 12:48:05.520022 UTC"),
            ("Snowflake TIMESTAMP_TZ", "2016-12-02 13:48:05.520022000 +0100"),
            ("PHP DateTimeInterface::RFC3339 with 'u'", "2016-12-02T12:48:05.520022+00:00"),
            ("Elixir DateTime", "2016-12-02 12:48:05.520022Z"),
        ]
    )
    func `what languages and databases write is taken`(source: String, text: String) throws {
        #expect(try Timestamp(parsing: text).microseconds == 1_480_682_885_520_022, "\(source)")
    }

    @Test(
        arguments: [
            ("JavaScript toISOString()", "2016-12-02T12:48:00.000Z"),
            ("Python isoformat() without a fraction", "2016-12-02T12:48:00+00:00"),
            ("Python isoformat(timespec='minutes')", "2016-12-02T12:48"),
            ("Python logging", "2016-12-02 12:48:00,000"),
            ("Java Instant", "2016-12-02T12:48:00Z"), ("Java OffsetDateTime", "2016-12-02T12:48Z"),
            ("Java OffsetDateTime with an offset", "2016-12-02T13:48+01:00"),
            ("Java LocalDateTime", "2016-12-02T12:48"), ("Java java.sql.Timestamp", "2016-12-02 12:48:00.0"),
            (".NET DateTime \"u\"", "2016-12-02 12:48:00Z"),
            (".NET \"yyyy-MM-ddTHH:mmK\"", "2016-12-02T12:48Z"),
            ("PostgreSQL timestamptz", "2016-12-02 12:48:00+00"),
            ("Go time.RFC3339Nano", "2016-12-02T12:48:00Z"), ("Ruby Time#to_s", "2016-12-02 12:48:00 +0000"),
            ("Ruby Time#to_s, UTC", "2016-12-02 12:48:00 UTC"),
            ("PHP DATE_ISO8601", "2016-12-02T12:48:00+0000"),
            ("GNU date -Iminutes", "2016-12-02T12:48+00:00"), ("HTML datetime-local", "2016-12-02T12:48"),
        ]
    )
    func `what they write of a whole minute is taken`(source: String, text: String) throws {
        #expect(try Timestamp(parsing: text).microseconds == 1_480_682_880_000_000, "\(source)")
    }

    @Test(
        arguments: [
            ("", "is empty"),
            ("2016-1-02T12:48:05", "has '-' at byte 7 where the month's two digits must be"),
            ("x", "has 'x' at byte 1 where the year's four digits must be"),
            ("16-12-02T12:48:05.00", "has '-' at byte 3 where the year's"),
            ("+016-12-02T12:48:05", "has '+' at byte 1 where the year's"),
            ("２016-12-02T12:48:05", "has the byte 0xEF"),
            ("2016/12/02T12:48:05", "has '/' at byte 5 where '-' must be"),
            ("20161202T124805Z", "has '1' at byte 5 where '-' must be"),
            ("2016-12-02", "ends where 'T' and a time must be"), ("2016-12-0", "ends where the day's"),
            ("2016-12-02_12:48:05", "has '_' at byte 11 where 'T' and a time"),
            ("2016-12-02  12:48:05", "has a space at byte 12 where the hour's two digits"),
            (" 2016-12-02T12:48:05", "has a space at byte 1 where the year's"),
            ("2016-12-02T12", "ends where ':' must be"),
            ("2016-12-02T12.48.05", "has '.' at byte 14 where ':'"),
            ("2016-12-02T12:4", "ends where the minute's two digits must be"),
            ("2016-12-02T12:48:", "ends where the second's"),
            ("2016-12-02T12:48:0Z", "has 'Z' at byte 19 where"),
            ("2016-12-02T12:48.5", "has '.' at byte 17 where 'Z', 'UTC' or an offset such as +01:00 must be"),
            ("2016-12-02T12:48:05.", "ends where a digit of the fraction must be"),
            ("2016-12-02T12:48:05.Z", "has 'Z' at byte 21 where a digit of the fraction"),
            ("2016-12-02T12:48:05.5x", "has 'x' at byte 22 where 'Z', 'UTC' or an offset"),
            ("2016-12-02T12:48:05ZZ", "has 'Z' at byte 21 where the end must be"),
            ("2016-12-02T12:48:05Z ", "has a space at byte 21 where the end must be"),
            ("2016-12-02T12:48:05 ", "ends where 'Z', 'UTC' or"),
            ("2016-12-02T12:48:05 GMT", "has 'G' at byte 21"),
            ("2016-12-02T12:48:05 utc", "has 'u' at byte 21"),
            ("2016-12-02T12:48:05 CET", "has 'C' at byte 21"),
            ("2016-12-02T12:48:05 UT", "ends where 'Z', 'UTC'"),
            ("2016-12-02 12:48:05 +0000 UTC", "has a space at byte 26 where the end must be"),
            ("2016-12-02T12:48:05*02:00", "has '*' at byte 20"),
            ("2016-12-02T12:48:05\u{2212}02:00", "has the byte 0xE2 at byte 20"),
            ("2016-12-02T12:48:05+2:00", "has ':' at byte 22 where the offset's hours, two digits, must be"),
            ("2016-12-02T12:48:05+02:0", "ends where the offset's minutes, two digits, must be"),
            ("2016-12-02T12:48:05+020", "ends where the offset's minutes"),
            ("2016-12-02T12:48:05+", "ends where the off"),
            ("2016-12-02T12:48:05+02:00Z", "has 'Z' at byte 26 where the end"),
            ("2016-12-02T12:48:05+-2:00", "has '-'"),
            ("2016-12-02T12:48:05+01:00:30", "has ':' at byte 26 where the end must be"),
            (
                "2016-12-02T13:48:05+01:00[Europe/Berlin]",
                "has a zone in brackets at byte 26: send what is before it, with its offset"
            ),
            ("2016-12-02T12:48:05Z[UTC]", "has a zone in brackets"),
            ("2016-12-02T12:48:05[Z]", "has a zone in brackets"),
        ]
    )
    func `a text of another form says where it differs and from what`(text: String, fault: String) throws {
        let message = try #require(Self.message(text))
        #expect(
            message.hasPrefix(
                "must be an RFC 3339 date and time, such as 2016-12-02T12:48:05.520022Z; it \(fault)"
            ),
            "\(message)"
        )
    }

    @Test(
        arguments: [
            ("2016-02-30T00:00:00", "has day 30, but 2016-02 has days 01 to 29"),
            ("2015-02-29T00:00:00", "has day 29, but 2015-02 has days 01 to 28"),
            ("2100-02-29T00:00:00", "has day 29, but 2100-02 has days 01 to 28"),
            ("2016-04-31T00:00:00", "has day 31, but 2016-04 has days 01 to 30"),
            ("2016-12-00T00:00:00", "has day 00, but 2016-12 has days 01 to 31"),
            ("2016-12-32T00:00:00", "has day 32, but 2016-12 has days 01 to 31"),
            ("2016-00-10T00:00:00", "has month 00, which must be 01 to 12"),
            ("2016-13-10T00:00:00", "has month 13, which must be 01 to 12"),
            ("2016-12-02T24:00:00", "has hour 24, which must be 00 to 23"),
            ("2016-12-02T25:00", "has hour 25, which must be 00 to 23"),
            ("2016-12-02T12:60:00", "has minute 60, which must be 00 to 59"),
            ("2016-12-31T23:59:60", "has second 60, which must be 00 to 59"),
            ("2016-12-02T12:48:05+24:00", "has offset +24:00, which must be -23:59 to +23:59"),
            ("2016-12-02T12:48:05-1260", "has offset -12:60, which must be -23:59 to +23:59"),
            ("2016-12-02T12:48:05+99", "has offset +99:00, which must be -23:59 to +23:59"),
            ("2016-99-99T99:99:99", "has month 99, which must be 01 to 12"),
        ]
    )
    func `a part that no clock shows is named, with what was given`(text: String, message: String) {
        #expect(Self.message(text) == message)
    }

    @Test(
        arguments: [
            ("1969-12-31T23:59:59.999999999", 1969), ("0000-01-01T00:00:00", 0),
            ("1970-01-01T00:00:00+00:01", 1969),
            ("2262-01-01T00:00:00", 2262), ("2261-12-31T23:59:59-00:01", 2262), ("9999-12-31T23:59:59", 9999),
            ("0000-01-01T00:00:00+23:59", -1), ("9999-12-31T23:59:59-23:59", 10_000),
        ] as [(String, Int16)]
    )
    func `a year outside 1970 to 2261, in UTC, is out of range`(text: String, year: Int16) {
        #expect(throws: Timestamp.ParseError.outOfRange(year: year)) { try Timestamp(parsing: text) }
        #expect(Self.message(text)?.contains("1970 to 2261") == true)
    }

    @Test(
        arguments: [
            ("1480682885", "seconds since 1970, it is \"2016-12-02T12:48:05.000000Z\""),
            ("1480682885.52002299", "seconds since 1970, it is \"2016-12-02T12:48:05.520022Z\""),
            ("1480682885520", "milliseconds since 1970, it is \"2016-12-02T12:48:05.520000Z\""),
            ("1480682885520.0229", "milliseconds since 1970, it is \"2016-12-02T12:48:05.520022Z\""),
            ("1480682885520022", "microseconds since 1970, it is \"2016-12-02T12:48:05.520022Z\""),
            ("1480682885520022999", "nanoseconds since 1970, it is \"2016-12-02T12:48:05.520022Z\""),
            ("1000000000", "seconds since 1970, it is \"2001-09-09T01:46:40.000000Z\""),
            ("9214646399", "seconds since 1970, it is \"2261-12-31T23:59:59.000000Z\""),
            ("9214646400", nil), ("9999999999999999999", nil), ("0000000001", nil), ("2016", nil), ("0", nil),
            ("20161202124805", nil), ("-1480682885", nil), ("12345678901234567890123", nil),
        ] as [(String, String?)]
    )
    func `a bare number is told what it would be`(text: String, reading: String?) {
        let expected =
            "must be an RFC 3339 date and time in quotes, not a number"
            + (reading.map { "; read as \($0)" } ?? "")
        #expect(Self.message(text) == expected)
        #expect(Timestamp.ParseError.ofNumber(Array(text.utf8).span).description == expected)
    }

    @Test func `a number with an exponent has no reading`() {
        #expect(Timestamp.ParseError.ofNumber(Array("1.480682885e9".utf8).span) == .number(nil))
    }

    @Test func `every instant is read as it is written, in each spelling`() throws {
        for seed in 0..<4_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let instant = Timestamp(
                microseconds: Int64.random(in: 0...Timestamp.latest.microseconds, using: &generator)
            )
            #expect(try Timestamp(parsing: instant.description) == instant, "seed \(seed)")
            let minutes = Int64.random(in: -1_439...1_439, using: &generator)
            let local = Timestamp(microseconds: instant.microseconds + minutes * Microseconds.perMinute)
            guard local.microseconds >= 0 else { continue }
            let sign = minutes < 0 ? "-" : "+"
            let (hours, rest) = (Self.padded(abs(minutes) / 60), Self.padded(abs(minutes) % 60))
            var zones = ["\(sign)\(hours):\(rest)", "\(sign)\(hours)\(rest)"]
            if abs(minutes) % 60 == 0 { zones.append("\(sign)\(hours)") }
            if minutes == 0 { zones += ["Z", "z", "UTC", ""] }
            var text = String(local.description.dropLast())
            text = text.replacing("T", with: generator.element(of: ["T", "t", " "]))
            text = text.replacing(".", with: generator.element(of: [".", ","]))
            let cut = String(
                (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                    generator.element(of: Array("0123456789"))
                }
            )
            for zone in zones {
                for space in zone.isEmpty ? [""] : ["", " "] {
                    #expect(try Timestamp(parsing: text + cut + space + zone) == instant, "seed \(seed)")
                    let minute = Timestamp(
                        microseconds: instant.microseconds - local.microseconds % Microseconds.perMinute
                    )
                    #expect(try Timestamp(parsing: text.prefix(16) + space + zone) == minute, "seed \(seed)")
                }
            }
        }
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// What is said of a text that is not taken.
    private static func message(_ text: String) -> String? {
        do throws(Timestamp.ParseError) {
            _ = try Timestamp(parsing: text)
            return nil
        } catch {
            return error.description
        }
    }
}
