import PlayerSessions

extension Statement {
    /// A statement of every text, so that all of them can be prepared before they are wanted.
    ///
    /// One that is missing here is prepared when it is first run.
    static let examples: [Statement] = {
        let player = Identifier(unchecked: [UInt8(ascii: "p")])
        let key = SessionKey(player, player)
        let start = Candidate(
            SessionRecord.Start(timestamp: Timestamp.earliest, country: CountryCode(ordinal: 0))
        )
        let id = Marker.ID(bytes: [UInt8](repeating: 0, count: 16))
        return [
            .addStart(key, start, ttl: 0), .settleStart(key, start, ttl: 0), .setEnd(key, end: 0, ttl: 0),
            .readFacts(key), .readFactsTogether([key]), .readFactsOfPlayer(player, sessions: [player]),
            .scanFacts(after: nil),
            .scanFacts(after: player), .scanFactsOfPlayer(key), .insertEnd(key, end: 0, ttl: 0),
            .deleteEnd(key, end: 0), .readEnds(player), .insertStart(key, start, ttl: 0),
            .deleteStart(key, start),
            .readStarts(span: 0, shard: 0, from: 0, until: 1), .scanSpans, .registerBucket(0),
            .readBuckets, .insertMarker(span: 0, Marker(id: id)), .deleteMarker(span: 0, id),
            .readMarkers(bucket: 0), .readTotals(bucket: 0, .month, units: 0...0),
            .setTotal(bucket: 0, .month, unit: 0, StartTotals(), version: 1),
            .readVersion(bucket: 0), .advanceVersion(bucket: 0, from: nil, to: 1),
            .advanceVersion(bucket: 0, from: 1, to: 2), .setVersion(bucket: 0, to: 1),
            .setCopiedVersion(bucket: 0, 1),
            .setHour(hour: 0, start.start.country, count: 0, version: 1, ttl: 0), .readSetting("format"),
            .writeSetting("format", "1"), .claimSetting("serial", ""), .replaceSetting("serial", ""),
            .probe(id: "", at: 0), .trial(timestamp: 1), .readClock,
        ]
    }()
}
