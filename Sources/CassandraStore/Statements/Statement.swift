import PlayerSessions

/// All that the store ever asks of a cluster, a statement each.
///
/// Which text, values and partition a statement has lies beside it, in extensions. Write timestamps are part of the
/// statements, so that a write sent twice is one write.
enum Statement: Hashable, Sendable {
    // Facts: what was received of a session.

    /// Adds a claim to a session's map of starts.
    case addClaim(SessionKey, Claim, ttl: Int32)
    /// Sets a session's end, unless a later one is there.
    case setEnd(SessionKey, end: Int64, ttl: Int32)
    /// A session's starts, end and ledger.
    case readFacts(SessionKey)
    /// Sets a session's ledger if it is this one; `nil` is none.
    case setLedger(SessionKey, from: [UInt8]?, to: [UInt8], ttl: Int32)
    /// Sets a session's ledger whatever it is: what the simulation shows to be wrong.
    case overwriteLedger(SessionKey, to: [UInt8], ttl: Int32)
    /// The starts, ends and ledgers of a few sessions of any players: player, session, starts, end, ledger; of other pairs
    /// of these players and sessions, too. Made where reads are sent, of several `readFacts`.
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

    // The log: starts that are not flushed yet, by month, generation and process.

    /// Logs a start, or that one counts no more.
    case log(LogEntry)
    /// Whether an entry is in the log.
    case readLogEntry(LogEntry)
    /// What a process logged of a month in a generation: start, player, session, country, change.
    case readLog(bucket: Int64, Place)
    /// The starts of a process's log in [from, until): start, country, change.
    case readLoggedStarts(bucket: Int64, Place, from: Int64, until: Int64)
    /// The months, generations and processes that have a log, in the order of the cluster.
    case scanLogs
    /// Removes what a process logged of a month in a generation; only ever long after it was flushed.
    case deleteLog(bucket: Int64, Place)

    // Flushed starts, by span and minute.

    /// Enters what was flushed of a minute; what stays longest stays.
    case insertFlushed(FlushedStarts.RowKey, MinuteStarts, ttl: Int32, until: Int64)
    /// How many flushed starts some minutes of a span have: minute, generation, process, totals, the first instant and the
    /// last.
    case readFlushedTotals(span: Int64, minutes: ClosedRange<Int64>)
    /// Flushed starts of some generations of a minute: minute, generation, process, starts.
    case readFlushed(minute: Int64, generations: ClosedRange<Int64>)
    /// What was flushed of a minute of a log: starts, digests.
    case readFlushedEntries(FlushedStarts.RowKey)
    /// The spans that have flushed starts, in the order of the cluster.
    case scanSpans

    // Buckets: registrations, generations, sums and their version, a month each.

    /// Enters a month into the list of months that have a bucket.
    case registerBucket(Int64)
    /// The months that have a bucket.
    case readBuckets
    /// Says in which generations of a month a process logs starts.
    case register(bucket: Int64, ProcessID, Registration)
    /// Removes the registration of a process that is gone.
    case deregister(bucket: Int64, ProcessID, Registration)
    /// What a month says of its generations: tier, process, registration, version, copied, flushed, open, fence, kept. The
    /// sum of the month, which is there as soon as anything is, is in the place of one registration.
    case readState(bucket: Int64)
    /// The same, with all that was decided before.
    case readStateSerially(bucket: Int64)
    /// Opens a generation for new starts, unless a later one is.
    case openGeneration(bucket: Int64, Int64)
    /// Keeps everybody from registering in a generation, or in one before it.
    case fenceGenerations(bucket: Int64, upTo: Int64)
    /// What a month says of its generations, some of its sums, and what was flushed last where it is asked for, as they are
    /// at one moment: as `readState`, and the unit.
    case readMonth(bucket: Int64, [TierUnit], withLastFlush: Bool)
    /// Some of a bucket's sums as they are at one moment: tier, unit, sum, version in which it changed, version of all.
    case readUnits(bucket: Int64, [TierUnit])
    /// A bucket's sums of a tier: unit, sum, version in which it changed.
    case readTotals(bucket: Int64, Tier, units: ClosedRange<Int64>)
    /// Sets a sum, for good.
    case setTotal(bucket: Int64, Tier, unit: Int64, StartTotals, version: Int64)
    /// Keeps what is flushed with the sums, packed, until it is entered by minutes.
    case setLastFlush(bucket: Int64, [UInt8])
    /// Keeps the digests of what is flushed.
    case setLastDigests(bucket: Int64, [UInt8])
    /// What was flushed last, and its digests: tier, content.
    case readLastFlush(bucket: Int64)
    /// Raises a bucket's version, and says what is flushed with it, if the version is this one; `nil` is that of a bucket
    /// that has none.
    case advanceVersion(bucket: Int64, from: Int64?, to: Int64, flushed: Int64)
    /// Does so whatever the version is: what the simulation shows to be wrong.
    case setVersion(bucket: Int64, to: Int64, flushed: Int64)
    /// Says for how many days what is flushed of a bucket is kept, 0 for good.
    case setKept(bucket: Int64, days: Int64)
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
