import PlayerSessions

/// All that the store ever asks of a cluster, a statement each.
///
/// Which text, values and partition a statement has lies beside it, in extensions. Write timestamps are part of the
/// statements, so that a write sent twice is one write.
enum Statement: Hashable, Sendable {
    // Facts: what was received of a session.

    /// Adds a start to a session's map of starts.
    case addStart(SessionKey, Candidate, ttl: Int32)
    /// Notes that the index row of a start is gone for good.
    case settleStart(SessionKey, Candidate, ttl: Int32)
    /// Sets a session's end, unless a later one is there.
    case setEnd(SessionKey, end: Int64, ttl: Int32)
    /// A session's starts and end.
    case readFacts(SessionKey)
    /// The starts and ends of a few sessions of any players: player, session, starts, end; of other pairs of these
    /// players and sessions, too. Made where reads are sent, of several `readFacts`.
    case readFactsTogether([SessionKey])
    /// The starts and ends of some sessions of one player: session, starts, end.
    case readFactsOfPlayer(Identifier, sessions: [Identifier])
    /// Every session: player, session, starts, end; a player's sessions in order, players in the cluster's.
    case scanFacts(after: Identifier?)
    /// The sessions of a player behind one of them: as `scanFacts`.
    case scanFactsOfPlayer(SessionKey)

    // A player's index by end, which may hold ends that are not the latest any more.

    /// Enters an end.
    case insertEnd(SessionKey, end: Int64, ttl: Int32)
    /// Removes an end that is not the latest any more.
    case deleteEnd(SessionKey, end: Int64)
    /// A player's ends, the latest first: end, session.
    case readEnds(Identifier)

    // Rows of starts, by span.

    /// Enters a start.
    case insertStart(SessionKey, Candidate, ttl: Int32)
    /// Removes a start that is not the session's any more.
    case deleteStart(SessionKey, Candidate)
    /// The spans and shards that have rows, in the order of the cluster.
    case scanSpans
    /// The countries of a shard's starts in [from, until).
    case readStarts(span: Int64, shard: Int32, from: Int64, until: Int64)

    // Buckets: markers, sums and their version, a month each.

    /// Enters a month into the list of months that have a bucket.
    case registerBucket(Int64)
    /// The months that have a bucket.
    case readBuckets
    /// Marks a span, or the hour or day that begins with it: while the marker is there, rows are counted and not sums.
    case insertMarker(span: Int64, Marker)
    /// Removes a marker; only ever once sums that were counted behind it are at quorum.
    case deleteMarker(span: Int64, Marker.ID)
    /// A bucket's markers, then the sum of its month: tier, unit, marker, content.
    case readMarkers(bucket: Int64)
    /// A bucket's sums of a tier: unit, sum, version in which it changed.
    case readTotals(bucket: Int64, Tier, units: ClosedRange<Int64>)
    /// Sets a sum, for good: one that went by itself would leave no marker to say so.
    case setTotal(bucket: Int64, Tier, unit: Int64, StartTotals, version: Int64)
    /// A bucket's version, and the version up to which hours were copied.
    case readVersion(bucket: Int64)
    /// Raises a bucket's version if it is this one; `nil` is that of a bucket without sums.
    case advanceVersion(bucket: Int64, from: Int64?, to: Int64)
    /// Raises a bucket's version whatever it is: what the simulation shows to be wrong.
    case setVersion(bucket: Int64, to: Int64)
    /// Notes up to which version a bucket's hours were copied.
    case setCopiedVersion(bucket: Int64, Int64)

    // For outside readers, and the keyspace's own.

    /// Sets the number of starts of a country in an hour.
    case setHour(hour: Int64, CountryCode, count: Int, version: Int64, ttl: Int32)
    /// A setting of the keyspace.
    case readSetting(String)
    /// Makes a setting of the keyspace, once and for all.
    case writeSetting(String, String)
    /// Makes a setting of the keyspace unless it has it: a condition that is decided by all data centres together.
    case claimSetting(String, String)
    /// Puts a setting in the place of the former one.
    case replaceSetting(String, String)
    /// Proves that a quorum takes writes, and leaves a trace of this process: its id, and the time in µs.
    case probe(id: String, at: Int64)
    /// Tries a write timestamp, in µs, that the store's writes may have.
    case trial(timestamp: Int64)
    /// The clock of the node that answers, in milliseconds since 1970.
    case readClock
}
