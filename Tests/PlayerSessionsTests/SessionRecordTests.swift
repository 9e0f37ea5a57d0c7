import Fuzzing
import PlayerSessions
import Testing

/// The laws of merging: any order, any repetition and any split of the same events give the same record.
struct SessionRecordTests {
    private enum Fact {
        case start(SessionRecord.Start)
        case end(Timestamp)
    }

    @Test func `the earliest start wins, on equal instants the country that sorts last`() throws {
        let finland = try #require(CountryCode("FI"))
        let states = try #require(CountryCode("US"))
        func start(_ second: Int64, _ country: CountryCode) -> SessionRecord.Start {
            SessionRecord.Start(timestamp: Timestamp(microseconds: second), country: country)
        }
        var record = SessionRecord()
        let changes = [
            record.merge(start: start(5, finland)), record.merge(start: start(6, states)),
            record.merge(start: start(5, finland)), record.merge(start: start(5, states)),
            record.merge(start: start(5, finland)), record.merge(start: start(4, finland)),
        ]
        #expect(changes == [true, false, false, true, false, true])
        #expect(record.start == start(4, finland) && record.end == nil)
    }

    @Test func `the latest end wins`() {
        var record = SessionRecord()
        let changes = ([5, 5, 4, 6] as [Int64]).map { record.merge(end: Timestamp(microseconds: $0)) }
        #expect(changes == [true, false, false, true])
        #expect(record.end == Timestamp(microseconds: 6))
    }

    @Test func `a session is complete with a start and an end that is not before it`() throws {
        let country = try #require(CountryCode("FI"))
        let start = SessionRecord.Start(timestamp: Timestamp(microseconds: 5), country: country)
        #expect(!SessionRecord().isComplete && !SessionRecord(start: start).isComplete)
        #expect(!SessionRecord(end: start.timestamp).isComplete)
        #expect(!SessionRecord(start: start, end: Timestamp(microseconds: 4)).isComplete)
        #expect(SessionRecord(start: start, end: Timestamp(microseconds: 5)).isComplete)
    }

    @Test func `order, repetition and split of events make no difference`() {
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let facts = (0..<Int.random(in: 0...8, using: &generator)).map { _ in fact(&generator) }
            let record = merged(facts)
            let repeated = (facts + facts.prefix(3)).shuffled(using: &generator)
            #expect(merged(repeated) == record, "seed \(seed)")
            let cut = Int.random(in: 0...facts.count, using: &generator)
            #expect(
                merged([merged(Array(facts[cut...])), merged(Array(facts[..<cut]))]) == record,
                "seed \(seed)"
            )
            #expect(record == expected(facts), "seed \(seed)")
        }
    }

    @Test func `a complete session stays complete, and a merge says truly whether it changed the record`() {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            var record = SessionRecord()
            for _ in 0..<10 {
                let before = record
                let changed = merge(fact(&generator), into: &record)
                #expect(changed == (record != before), "seed \(seed)")
                #expect(record.isComplete || !before.isComplete, "seed \(seed)")
            }
        }
    }

    @Test func `what is at or before the horizon is forgotten`() throws {
        let country = try #require(CountryCode("FI"))
        let start = SessionRecord.Start(timestamp: Timestamp(microseconds: 5), country: country)
        let whole = SessionRecord(start: start, end: Timestamp(microseconds: 9))
        let expected = [
            4: whole, 5: SessionRecord(end: whole.end), 8: SessionRecord(end: whole.end), 9: SessionRecord(),
        ]
        for (horizon, left) in expected {
            var record = whole
            record.forget(notAfter: Timestamp(microseconds: Int64(horizon)))
            #expect(record == left, "\(horizon)")
        }
    }

    private func fact(_ generator: inout SeededRandom) -> Fact {
        let timestamp = Timestamp(microseconds: Int64.random(in: 0...4, using: &generator))
        if Bool.random(using: &generator) { return .end(timestamp) }
        let country = CountryCode(ordinal: Int.random(in: 0...2, using: &generator))
        return .start(SessionRecord.Start(timestamp: timestamp, country: country))
    }

    private func merge(_ fact: Fact, into record: inout SessionRecord) -> Bool {
        switch fact {
        case .start(let start): record.merge(start: start)
        case .end(let end): record.merge(end: end)
        }
    }

    private func merged(_ facts: [Fact]) -> SessionRecord {
        facts.reduce(into: SessionRecord()) { record, fact in _ = merge(fact, into: &record) }
    }

    private func merged(_ records: [SessionRecord]) -> SessionRecord {
        merged(records.flatMap { [$0.start.map(Fact.start), $0.end.map(Fact.end)].compactMap { $0 } })
    }

    /// The contract's sentence as it stands.
    private func expected(_ facts: [Fact]) -> SessionRecord {
        let starts = facts.compactMap { if case .start(let start) = $0 { start } else { nil } }
        let ends = facts.compactMap { if case .end(let end) = $0 { end } else { nil } }
        let earliest = starts.map(\.timestamp).min()
        let country = starts.filter { $0.timestamp == earliest }.map(\.country).max()
        return SessionRecord(
            start: earliest.flatMap { earliest in country.map { .init(timestamp: earliest, country: $0) } },
            end: ends.max()
        )
    }
}
