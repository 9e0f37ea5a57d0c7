import PlayerSessions
import Testing

struct EventBatchTests {
    @Test func `a batch gives back the events that it was made of`() throws {
        let country = try #require(CountryCode("FI"))
        let longest = try Identifier(String(repeating: "x", count: Identifier.maximumLength))
        let short = try Identifier("p")
        let events = [
            SessionEvent(.start(country), playerID: short, sessionID: longest, timestamp: .earliest),
            SessionEvent(.end, playerID: longest, sessionID: short, timestamp: .latest),
        ]
        let batch = EventBatch(events)
        #expect(batch.events == events && batch.count == 2 && !batch.isEmpty)
        #expect(batch.entries.map(\.isStart) == [true, false])
        #expect(EventBatch().isEmpty && EventBatch(capacity: 5).events.isEmpty)
    }

    @Test func `events at or before the cutoff are removed and the others keep their ids`() throws {
        let events = try (1...5).map { number in
            SessionEvent(
                .end,
                playerID: try Identifier("player \(number)"),
                sessionID: try Identifier("session \(number)"),
                timestamp: Timestamp(microseconds: Int64(number))
            )
        }
        var batch = EventBatch(events)
        let removed = batch.removeEvents(notAfter: Timestamp(microseconds: 3))
        #expect(removed == 3)
        #expect(batch.events == Array(events[3...]))
    }
}
