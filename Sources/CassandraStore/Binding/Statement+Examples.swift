import PlayerSessions

extension Statement {
    /// A statement of every text, so that all of them can be prepared in advance.
    ///
    /// A text that is missing here is prepared on first use.
    static let examples: [Statement] = {
        let player = Identifier(unchecked: [UInt8(ascii: "p")])
        let key = SessionKey(player, player)
        let start = SessionRecord.Start(timestamp: Timestamp.earliest, country: CountryCode(ordinal: 0))
        let process = ProcessID(number: 0)
        let place = Place(generation: 0, process: process)
        let entry = LogEntry(key: key, start: start, place: place)
        let registration = Registration(first: 0, low: 0, high: 0, beat: 0)
        let row = FlushedStarts.RowKey(minute: 0, place: place)
        return [
            .addClaim(key, Claim(Candidate(start), place: place, request: 0), ttl: 0),
            .setEnd(key, end: 0, ttl: 0), .readFacts(key), .setLedger(key, from: nil, to: [], ttl: 0),
            .setLedger(key, from: [], to: [], ttl: 0), .overwriteLedger(key, to: [], ttl: 0),
            .readFactsTogether([key]), .readFactsOfPlayer(player, sessions: [player]),
            .scanFacts(after: nil),
            .scanFacts(after: player), .scanFactsOfPlayer(key), .insertEnd(key, end: 0, ttl: 0),
            .deleteEnd(key, end: 0), .readEnds(player), .log(entry), .readLogEntry(entry),
            .readLog(bucket: 0, place), .readLoggedStarts(bucket: 0, place, from: 0, until: 1),
            .deleteLog(bucket: 0, place),
            .insertFlushed(row, MinuteStarts(), ttl: 0, until: 1),
            .readFlushed(minute: 0, generations: 0...0), .readFlushedTotals(span: 0, minutes: 0...0),
            .readFlushedEntries(row), .scanSpans,
            .scanLogs,
            .registerBucket(0), .readBuckets, .register(bucket: 0, process, registration),
            .deregister(bucket: 0, process, registration), .readState(bucket: 0),
            .openGeneration(bucket: 0, 1), .fenceGenerations(bucket: 0, upTo: 1),
            .readMonth(bucket: 0, [], withLastFlush: false), .readUnits(bucket: 0, []),
            .readTotals(bucket: 0, .month, units: 0...0),
            .setTotal(bucket: 0, .month, unit: 0, StartTotals(), version: 1),
            .setLastFlush(bucket: 0, []), .setLastDigests(bucket: 0, []), .readLastFlush(bucket: 0),
            .advanceVersion(bucket: 0, from: nil, to: 1, flushed: 0),
            .advanceVersion(bucket: 0, from: 1, to: 2, flushed: 0), .setVersion(bucket: 0, to: 1, flushed: 0),
            .setKept(bucket: 0, days: 0), .setCopiedVersion(bucket: 0, 1),
            .setHour(hour: 0, start.country, count: 0, version: 1, ttl: 0), .readSetting("format"),
            .writeSetting("format", "1"), .claimSetting("serial", ""), .replaceSetting("serial", ""),
            .probe(id: "", at: 0), .trial(timestamp: 1), .readClock,
        ]
    }()
}
