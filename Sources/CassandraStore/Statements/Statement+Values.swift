import PlayerSessions

extension Statement {
    /// What is bound to the text, in order.
    var values: [Value] {
        switch self {
        case .addStart(let key, let candidate, let ttl):
            return [
                .bigint(candidate.fact), .int(ttl), .blob(candidate.mapKey),
                .bigint(candidate.mapValue(isSettled: false)), .bigint(candidate.instant / 1_000),
                .text(key.player.bytes), .text(key.session.bytes),
            ]
        case .settleStart(let key, let candidate, let ttl):
            return [
                .bigint(candidate.fact + 1), .int(ttl), .blob(candidate.mapKey),
                .bigint(candidate.mapValue(isSettled: true)), .text(key.player.bytes),
                .text(key.session.bytes),
            ]
        case .setEnd(let key, let end, let ttl):
            return [
                .bigint(end + Statement.precedence(ttl)), .int(ttl), .bigint(end), .bigint(end / 1_000),
                .text(key.player.bytes), .text(key.session.bytes),
            ]
        case .readFacts(let key), .scanFactsOfPlayer(let key):
            return [.text(key.player.bytes), .text(key.session.bytes)]
        case .readFactsTogether(let keys):
            let (players, sessions) = (Set(keys.map(\.player)), Set(keys.map(\.session)))
            return [.texts(players.map(\.bytes)), .texts(sessions.map(\.bytes))]
        case .readFactsOfPlayer(let player, let sessions):
            return [.text(player.bytes), .texts(sessions.map(\.bytes))]
        case .scanFacts(let player):
            return player.map { [.text($0.bytes)] } ?? []
        case .insertEnd(let key, let end, let ttl):
            return [
                .text(key.player.bytes), .bigint(end), .text(key.session.bytes),
                .bigint(1 + Statement.precedence(ttl)), .int(ttl),
            ]
        case .deleteEnd(let key, let end):
            return [.text(key.player.bytes), .bigint(end), .text(key.session.bytes)]
        case .readEnds(let player):
            return [.text(player.bytes)]
        case .insertStart(let key, let candidate, let ttl):
            return [
                .bigint(candidate.span), .int(key.shard), .bigint(candidate.instant), .text(key.player.bytes),
                .text(key.session.bytes), .text(candidate.start.country.bytes), .bigint(candidate.insertion),
                .int(ttl),
            ]
        case .deleteStart(let key, let candidate):
            return [
                .bigint(candidate.deletion), .bigint(candidate.span), .int(key.shard),
                .bigint(candidate.instant), .text(key.player.bytes), .text(key.session.bytes),
                .text(candidate.start.country.bytes),
            ]
        case .readStarts(let span, let shard, let from, let until):
            return [.bigint(span), .int(shard), .bigint(from), .bigint(until)]
        default: return bucketValues
        }
    }

    private var bucketValues: [Value] {
        switch self {
        case .readBuckets, .readClock, .scanSpans:
            return []
        case .registerBucket(let bucket), .readMarkers(let bucket), .readVersion(let bucket):
            return [.bigint(bucket)]
        case .insertMarker(let span, let marker):
            let content = Value.blob(marker.content)
            return [.bigint(Tier.bucket(ofSpan: span)), .bigint(span), .blob(marker.id.bytes), content]
        case .deleteMarker(let span, let id):
            return [.bigint(Tier.bucket(ofSpan: span)), .bigint(span), .blob(id.bytes)]
        case .readTotals(let bucket, let tier, let units):
            return [
                .bigint(bucket), .int(tier.rawValue), .bigint(units.lowerBound), .bigint(units.upperBound),
            ]
        case .setTotal(let bucket, let tier, let unit, let totals, let version):
            return [
                .bigint(bucket), .int(tier.rawValue), .bigint(unit), .blob(totals.packed), .bigint(version),
            ]
        case .advanceVersion(let bucket, let version, let next):
            return [.bigint(next), .bigint(bucket)] + (version.map { [.bigint($0)] } ?? [])
        case .setVersion(let bucket, let version):
            return [.bigint(version), .bigint(bucket)]
        case .setCopiedVersion(let bucket, let version):
            return [.bigint(version), .bigint(version), .bigint(bucket)]
        case .setHour(let hour, let country, let count, let version, let ttl):
            return [
                .bigint(version), .int(ttl), .bigint(Int64(count)), .int(CivilHour.number(ofHour: hour)),
                .text(country.bytes),
            ]
        case .readSetting(let name):
            return [.text(Array(name.utf8))]
        case .writeSetting(let name, let value), .claimSetting(let name, let value),
            .replaceSetting(let name, let value):
            return [.text(Array(name.utf8)), .text(Array(value.utf8))]
        case .probe(let id, let instant):
            return [
                .bigint(instant), .text(Array(String(instant).utf8)),
                .text(Array(Statement.probeSetting(id).utf8)),
            ]
        case .trial(let timestamp):
            return [.bigint(timestamp)]
        default: preconditionFailure("a statement without values")
        }
    }

    /// The values of the partition key; none where any node will do.
    var routingKey: [Value] {
        switch self {
        case .addStart(let key, _, _), .settleStart(let key, _, _), .setEnd(let key, _, _),
            .readFacts(let key), .scanFactsOfPlayer(let key), .insertEnd(let key, _, _),
            .deleteEnd(let key, _):
            [.text(key.player.bytes)]
        case .readFactsOfPlayer(let player, _), .readEnds(let player):
            [.text(player.bytes)]
        case .readFactsTogether(let keys):
            keys.first.map { [.text($0.player.bytes)] } ?? []
        case .insertStart(let key, let candidate, _), .deleteStart(let key, let candidate):
            [.bigint(candidate.span), .int(key.shard)]
        case .readStarts(let span, let shard, _, _):
            [.bigint(span), .int(shard)]
        case .registerBucket, .readBuckets:
            [.int(0)]
        case .insertMarker(let span, _), .deleteMarker(let span, _):
            [.bigint(Tier.bucket(ofSpan: span))]
        case .readMarkers(let bucket), .readTotals(let bucket, _, _), .setTotal(let bucket, _, _, _, _),
            .readVersion(let bucket), .advanceVersion(let bucket, _, _), .setVersion(let bucket, _),
            .setCopiedVersion(let bucket, _):
            [.bigint(bucket)]
        case .setHour(let hour, _, _, _, _):
            [.int(CivilHour.number(ofHour: hour))]
        case .readSetting(let name), .writeSetting(let name, _), .claimSetting(let name, _),
            .replaceSetting(let name, _):
            [.text(Array(name.utf8))]
        case .probe(let id, _):
            [.text(Array(Statement.probeSetting(id).utf8))]
        case .trial:
            [.text(Array("trial".utf8))]
        case .scanFacts, .scanSpans, .readClock:
            []
        }
    }

    /// The name of the setting that holds a process's trace.
    static func probeSetting(_ id: String) -> String { "probe \(id)" }

    /// What is added to the write timestamp of an end: of two equal ones Cassandra keeps the one that expires, and the
    /// one that lasts is to stay.
    ///
    /// It is the same number that a microsecond's later end has: of two so close together, one told with a retention
    /// and one without, the later lasts no longer than its TTL.
    private static func precedence(_ ttl: Int32) -> Int64 { ttl == 0 ? 1 : 0 }
}
