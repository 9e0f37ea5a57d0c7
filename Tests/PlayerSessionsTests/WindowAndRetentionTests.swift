import PlayerSessions
import Testing

struct WindowAndRetentionTests {
    @Test func `a window is its hours long and may begin before 1970`() throws {
        let window = TrailingWindow(try HourCount(parsing: "24".utf8), until: Timestamp(microseconds: 5))
        #expect(window.until.microseconds == 5 && window.from.microseconds == 5 - Microseconds.perDay)
        #expect(window.clipped(after: nil) == window)
        #expect(window.clipped(after: Timestamp(microseconds: 2)).from.microseconds == 2)
        #expect(window.clipped(after: Timestamp(microseconds: -2 * Microseconds.perDay)) == window)
    }

    @Test func `no retention expires nothing`() {
        #expect(Retention.forever.cutoff(at: .latest) == nil && Retention.forever.horizon(at: .latest) == nil)
    }

    @Test func `a retention expires after its days and forgets after twice as long`() {
        let now = Timestamp(microseconds: 10 * Microseconds.perDay)
        #expect(Retention(days: 3).cutoff(at: now)?.microseconds == 7 * Microseconds.perDay)
        #expect(Retention(days: 3).horizon(at: now)?.microseconds == 4 * Microseconds.perDay)
        #expect(Retention(days: Retention.maximumDays).horizon(at: .earliest) != nil)
    }

    @Test func `sessions are ordered by latest end, then by id`() throws {
        let country = try #require(CountryCode("FI"))
        func session(_ id: String, _ end: Int64) throws -> Session {
            Session(
                sessionID: try Identifier(id),
                country: country,
                start: .earliest,
                end: Timestamp(microseconds: end)
            )
        }
        let sorted = try [
            session("b", 9), session("B", 7), session("a", 7), session("aa", 7), session("a", 1),
        ]
        #expect(sorted.reversed().sorted { $0.precedes($1) } == sorted)
    }
}
