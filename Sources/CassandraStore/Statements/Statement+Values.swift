import PlayerSessions

extension Statement {
    /// The values bound to the text, in order.
    var values: [Value] {
        switch self {
        case .addClaim(let key, let claim, let ttl):
            return [
                .bigint(claim.writeTimestamp), .int(ttl), .blob(claim.mapKey), .bigint(claim.mapValue),
                .bigint(claim.candidate.start.instant / 1_000), .text(key.player.bytes),
                .text(key.session.bytes),
            ]
        case .setEnd(let key, let end, let ttl):
            return [
                .bigint(end + Statement.precedence(ttl)), .int(ttl), .bigint(end), .bigint(end / 1_000),
                .text(key.player.bytes), .text(key.session.bytes),
            ]
        case .readFacts(let key), .scanFactsOfPlayer(let key):
            return [.text(key.player.bytes), .text(key.session.bytes)]
        case .setLedger(let key, let former, let ledger, let ttl):
            return [.int(ttl), .blob(ledger), .text(key.player.bytes), .text(key.session.bytes)]
                + (former.map { [.blob($0)] } ?? [])
        case .overwriteLedger(let key, let ledger, let ttl):
            return [.int(ttl), .blob(ledger), .text(key.player.bytes), .text(key.session.bytes)]
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
        default: return logValues
        }
    }

    private var logValues: [Value] {
        func log(_ bucket: Int64, _ place: Place) -> [Value] {
            [.bigint(bucket), .bigint(place.generation), .bigint(place.process.number)]
        }
        func row(_ key: FlushedStarts.RowKey) -> [Value] {
            [
                .bigint(MinuteStarts.span(ofMinute: key.minute)), .bigint(key.minute),
                .bigint(key.place.generation), .bigint(key.place.process.number),
            ]
        }
        func instants(_ starts: MinuteStarts, ofMinute minute: Int64) -> [Value] {
            let instants = starts.instants(ofMinute: minute)
            return [.bigint(instants.lowerBound), .bigint(instants.upperBound)]
        }
        switch self {
        case .log(let entry), .readLogEntry(let entry):
            return log(entry.start.bucket, entry.place) + [
                .bigint(entry.start.instant), .text(entry.key.player.bytes), .text(entry.key.session.bytes),
                .text(entry.start.country.bytes), .int(Int32(entry.change)),
            ]
        case .readLog(let bucket, let place), .deleteLog(let bucket, let place):
            return log(bucket, place)
        case .readLoggedStarts(let bucket, let place, let from, let until):
            return log(bucket, place) + [.bigint(from), .bigint(until)]
        case .insertFlushed(let key, let starts, let ttl, let until):
            return row(key) + [
                .blob(starts.starts), .blob(starts.digests), .blob(starts.totals.packed),
            ] + instants(starts, ofMinute: key.minute) + [.bigint(until), .int(ttl)]
        case .readFlushedTotals(let span, let minutes):
            return [.bigint(span), .bigint(minutes.lowerBound), .bigint(minutes.upperBound)]
        case .readFlushed(let minute, let generations):
            return [
                .bigint(MinuteStarts.span(ofMinute: minute)), .bigint(minute),
                .bigint(generations.lowerBound), .bigint(generations.upperBound),
            ]
        case .readFlushedEntries(let key):
            return row(key)
        default: return bucketValues
        }
    }

    private var bucketValues: [Value] {
        func keys(_ units: [TierUnit], of bucket: Int64) -> Set<Value.UnitKey> {
            // The month's sum exists as soon as anything does, so a response always has the version.
            Set(
                (units + [TierUnit(.month, bucket)]).map {
                    Value.UnitKey(tier: $0.tier.rawValue, unit: $0.number)
                }
            )
        }
        switch self {
        case .readBuckets, .readClock, .scanSpans, .scanLogs:
            return []
        case .registerBucket(let bucket), .readState(let bucket), .readStateSerially(let bucket),
            .readLastFlush(let bucket):
            return [.bigint(bucket)]
        case .register(let bucket, let process, let registration):
            return [
                .bigint(bucket), .bigint(process.number), .blob(registration.packed),
                .bigint(registration.insertion),
            ]
        case .deregister(let bucket, let process, let registration):
            return [.bigint(registration.deletion), .bigint(bucket), .bigint(process.number)]
        case .openGeneration(let bucket, let generation), .fenceGenerations(let bucket, let generation):
            return [.bigint(generation), .bigint(generation), .bigint(bucket)]
        case .readMonth(let bucket, let units, let withLastFlush):
            var all = keys(units, of: bucket)
            all.insert(Value.UnitKey(tier: Tier.registrations, unit: 0))
            if withLastFlush { all.insert(Value.UnitKey(tier: Tier.lastFlush, unit: 0)) }
            return [.bigint(bucket), .unitKeys(Array(all))]
        case .readUnits(let bucket, let units):
            return [.bigint(bucket), .unitKeys(Array(keys(units, of: bucket)))]
        case .setLastFlush(let bucket, let packed), .setLastDigests(let bucket, let packed):
            return [.bigint(bucket), .blob(packed)]
        case .readTotals(let bucket, let tier, let units):
            return [
                .bigint(bucket), .int(tier.rawValue), .bigint(units.lowerBound), .bigint(units.upperBound),
            ]
        case .setTotal(let bucket, let tier, let unit, let totals, let version):
            return [
                .bigint(bucket), .int(tier.rawValue), .bigint(unit), .blob(totals.packed), .bigint(version),
            ]
        case .advanceVersion(let bucket, let version, let next, let flushed):
            return [.bigint(next), .bigint(flushed), .bigint(bucket)] + (version.map { [.bigint($0)] } ?? [])
        case .setVersion(let bucket, let version, let flushed):
            return [.bigint(version), .bigint(flushed), .bigint(bucket)]
        case .setKept(let bucket, let days):
            return [.bigint(days), .bigint(bucket)]
        case .setCopiedVersion(let bucket, let version):
            return [.bigint(version), .bigint(version), .bigint(bucket)]
        case .setHour(let hour, let country, let count, let version, let ttl):
            return [
                .bigint(version), .int(ttl), .bigint(Int64(count)), .int(HourNumber.number(ofHour: hour)),
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

    /// The values of the partition key; empty if any node will do.
    var routingKey: [Value] {
        switch self {
        case .addClaim(let key, _, _), .setEnd(let key, _, _), .readFacts(let key),
            .setLedger(let key, _, _, _), .overwriteLedger(let key, _, _), .scanFactsOfPlayer(let key),
            .insertEnd(let key, _, _), .deleteEnd(let key, _):
            [.text(key.player.bytes)]
        case .readFactsOfPlayer(let player, _), .readEnds(let player):
            [.text(player.bytes)]
        case .readFactsTogether(let keys):
            keys.first.map { [.text($0.player.bytes)] } ?? []
        case .log, .readLogEntry, .readLog, .readLoggedStarts, .deleteLog:
            Array(values.prefix(3))
        case .insertFlushed, .readFlushed, .readFlushedTotals, .readFlushedEntries:
            Array(values.prefix(1))
        case .registerBucket, .readBuckets:
            [.int(0)]
        case .register(let bucket, _, _), .deregister(let bucket, _, _), .readState(let bucket),
            .readStateSerially(let bucket), .openGeneration(let bucket, _), .fenceGenerations(let bucket, _),
            .readMonth(let bucket, _, _), .readUnits(let bucket, _), .readTotals(let bucket, _, _),
            .setTotal(let bucket, _, _, _, _),
            .setLastFlush(let bucket, _), .setLastDigests(let bucket, _), .readLastFlush(let bucket),
            .advanceVersion(let bucket, _, _, _),
            .setVersion(let bucket, _, _), .setKept(let bucket, _),
            .setCopiedVersion(let bucket, _):
            [.bigint(bucket)]
        case .setHour(let hour, _, _, _, _):
            [.int(HourNumber.number(ofHour: hour))]
        case .readSetting(let name), .writeSetting(let name, _), .claimSetting(let name, _),
            .replaceSetting(let name, _):
            [.text(Array(name.utf8))]
        case .probe(let id, _):
            [.text(Array(Statement.probeSetting(id).utf8))]
        case .trial:
            [.text(Array("trial".utf8))]
        case .scanFacts, .scanSpans, .scanLogs, .readClock:
            []
        }
    }

    /// Returns the name of the setting that holds a process's trace.
    static func probeSetting(_ id: String) -> String { "probe \(id)" }

    /// Returns what is added to an end's write timestamp, so that of two equal ends the one without a TTL wins.
    ///
    /// Cassandra would keep the one that expires. An end one microsecond later has the same timestamp: if two that
    /// close are received, one with a retention and one without, the later lasts no longer than its TTL.
    private static func precedence(_ ttl: Int32) -> Int64 { ttl == 0 ? 1 : 0 }
}
