import EventDecoding
import Glibc
import PlayerSessions
import Testing

@testable import player_sessions

private func plan(
    players: Int = 50,
    sessions: Int = 3_000,
    seed: UInt64 = 1,
    hours: Int64 = 24
) throws -> EventGenerator.Plan {
    let until = try Timestamp(parsing: "2016-12-02T12:00:00Z")
    let from = Timestamp(microseconds: until.microseconds - hours * Microseconds.perHour)
    return EventGenerator.Plan(
        players: players,
        sessions: sessions,
        seed: seed,
        window: TrailingWindow(from: from, until: until)
    )
}

private func bytes(_ plan: EventGenerator.Plan) -> [UInt8] {
    var generator = EventGenerator(plan)
    var writer = EventWriter(generator.players, generator.countries)
    generator.run { events in
        for event in events { writer.write(event) }
    }
    return writer.bytes
}

private func events(_ plan: EventGenerator.Plan) throws -> [SessionEvent] {
    let bytes = bytes(plan)
    var decoder = EventDecoder(
        limits: DecodingLimits(maximumEvents: .max, maximumClockSkewMicroseconds: 0)
    )
    let padded = bytes + [UInt8](repeating: 0, count: EventDecoder.padding)
    let batch = unsafe try padded.withUnsafeBytes { padded in
        unsafe try decoder.decode(
            UnsafeRawBufferPointer(rebasing: padded.prefix(bytes.count)),
            now: plan.window.until
        )
    }
    #expect(batch.errors.isEmpty && batch.invalidLines.isEmpty, "\(batch.errors.prefix(3))")
    #expect(batch.lines == bytes.count { $0 == 0x0A })
    return batch.events.events
}

@Test func `a seed gives the same bytes, and another seed others`() throws {
    #expect(bytes(try plan()) == bytes(try plan()))
    #expect(bytes(try plan(seed: 1)) != bytes(try plan(seed: 2)))
}

/// People compare runs that lie versions apart: a change of these bytes is a change that they see.
@Test func `a seed gives the bytes that it always gave`() throws {
    let bytes = bytes(try plan())
    // FNV-1a, 64 bits (RFC 9923).
    let digest = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    #expect(bytes.count == 977_868)
    #expect(digest == 0x8781_C468_9A96_8795)
}

@Test func `lines look as the contract's examples do`() throws {
    let line =
        #"\{"event": "start", "country": "[A-Z]{2}", "player_id": "[0-9a-f]{32}", "session_id": "#
        + #""[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "#
        + #""ts": "2016-12-0[12]T\d\d:\d\d:\d\d\.\d{6}"\}"#
    let first = String(decoding: bytes(try plan()).prefix { $0 != 0x0A }, as: UTF8.self)
    #expect(try Regex(line).wholeMatch(in: first) != nil, "\(first)")
}

@Test(arguments: [
    (50, 3_000, 24), (1, 10, 1), (1_000, 9_000, 1), (100, 5_000, 2_000), (3, 0, 24), (7, 1, 24),
])
func `events are plausible`(players: Int, sessions: Int, hours: Int64) throws {
    let plan = try plan(players: players, sessions: sessions, hours: hours)
    let events = try events(plan)
    var starts: [Identifier: SessionEvent] = [:]
    var ends: [Identifier: SessionEvent] = [:]
    var previous = plan.window.from
    for event in events {
        #expect(event.timestamp > plan.window.from && event.timestamp <= plan.window.until)
        #expect(event.timestamp >= previous, "out of order")
        previous = event.timestamp
        if event.kind == .end {
            #expect(ends.updateValue(event, forKey: event.sessionID) == nil)
        } else {
            #expect(starts.updateValue(event, forKey: event.sessionID) == nil)
        }
    }
    #expect(starts.count == sessions)
    #expect(Set(events.map(\.playerID)).count <= players)
    for (session, end) in ends {
        let start = try #require(starts[session])
        #expect(end.timestamp > start.timestamp && end.playerID == start.playerID)
    }
    if sessions == 3_000 {
        #expect((2_700..<3_000).contains(ends.count), "\(ends.count) ends")
        let byPlayer = Dictionary(grouping: starts.values, by: \.playerID).values.map(\.count).sorted(by: >)
        #expect(byPlayer.prefix(5).reduce(0, +) > 600, "a tenth of the players is more active")
        #expect(byPlayer[0] < 600, "but no player has it all")
        #expect(Set(starts.values.map(\.kind)).count > 10, "players come from many countries")
    }
}

@Test func `a standard normal number has mean 0 and deviation 1`() {
    var random = RandomSource(seed: 3)
    let numbers = (0..<100_000).map { _ in random.normal() }
    let mean = numbers.reduce(0, +) / 100_000
    let variance = numbers.reduce(0) { $0 + $1 * $1 } / 100_000
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.02, "\(mean), \(variance)")
}

@Test func `powers and logarithms are those of libm`() {
    for exponent in stride(from: -50.0, through: 50, by: 0.37) {
        let power = Exponentials.power2(exponent)
        #expect(abs(power / exp2(exponent) - 1) < 1e-12)
        #expect(abs(Exponentials.log2(power) - exponent) < 1e-11)
    }
}
