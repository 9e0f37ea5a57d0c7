import PlayerSessions

/// Every statement that the store sends to a cluster.
///
/// Its text, values and partition are in extensions. Write timestamps are part of the statements, so that a write sent
/// twice is one write.
enum Statement: Hashable, Sendable {
    // Facts: what was received of a session.

    /// Adds a claim to a session's map of starts.
    case addClaim(SessionKey, Claim, ttl: Int32)
    /// Sets a session's end, unless a later one exists.
    case setEnd(SessionKey, end: Int64, ttl: Int32)
    /// Reads a session's starts, end and ledger.
    case readFacts(SessionKey)
    /// Sets a session's ledger if it still is `from`; `nil` is none.
    case setLedger(SessionKey, from: [UInt8]?, to: [UInt8], ttl: Int32)
    /// Sets a session's ledger unconditionally, which the simulation shows to be wrong.
    case overwriteLedger(SessionKey, to: [UInt8], ttl: Int32)
    /// Reads the facts of several sessions: player, session, starts, end, ledger.
    ///
    /// The rows include other pairs of these players and sessions. Composed of several `readFacts` when they are sent.
    case readFactsTogether([SessionKey])
    /// Reads some sessions of one player: session, starts, end.
    case readFactsOfPlayer(Identifier, sessions: [Identifier])
    /// Reads every session, players in token order, and each one's sessions in order: player, session, starts, end.
    case scanFacts(after: Identifier?)
    /// Reads a player's sessions after a given one: as `scanFacts`.
    case scanFactsOfPlayer(SessionKey)

    // A player's index by end, which may hold ends that are no longer the latest.

    /// Adds an end.
    case insertEnd(SessionKey, end: Int64, ttl: Int32)
    /// Removes an end that is no longer the latest.
    case deleteEnd(SessionKey, end: Int64)
    /// Reads a player's ends, latest first: end, session.
    case readEnds(Identifier)

    // The log: starts that are not flushed yet, by month, generation and process.

    /// Logs a start, or that one no longer counts.
    case log(LogEntry)
    /// Reads whether an entry is in the log.
    case readLogEntry(LogEntry)
    /// Reads what a process logged of a month in a generation: start, player, session, country, change.
    case readLog(bucket: Int64, Place)
    /// Reads the starts of a process's log in [from, until): start, country, change.
    case readLoggedStarts(bucket: Int64, Place, from: Int64, until: Int64)
    /// Reads the months, generations and processes that have a log, in token order.
    case scanLogs
    /// Removes what a process logged of a month in a generation, long after it was flushed.
    case deleteLog(bucket: Int64, Place)

    // Flushed starts, by span and minute.

    /// Enters what was flushed of a minute; the write that expires last wins.
    case insertFlushed(FlushedStarts.RowKey, MinuteStarts, ttl: Int32, until: Int64)
    /// Reads the totals of flushed starts in some minutes of a span: minute, generation, process, totals, first and
    /// last instant.
    case readFlushedTotals(span: Int64, minutes: ClosedRange<Int64>)
    /// Reads flushed starts of some generations of a minute: minute, generation, process, starts.
    case readFlushed(minute: Int64, generations: ClosedRange<Int64>)
    /// Reads what was flushed of a minute of a log: starts, digests.
    case readFlushedEntries(FlushedStarts.RowKey)
    /// Reads the spans that have flushed starts, in token order.
    case scanSpans

    // Months: registrations, generations, sums and their version.

    /// Adds a month to the list of months.
    case registerBucket(Int64)
    /// Reads the list of months.
    case readBuckets
    /// Registers the generations of a month in which a process logs starts.
    case register(bucket: Int64, ProcessID, Registration)
    /// Removes the registration of a process that is gone.
    case deregister(bucket: Int64, ProcessID, Registration)
    /// Reads the state of a month: tier, process, registration, version, copied, flushed, open, fence, kept.
    ///
    /// One row is not a registration but the month's sum, which exists as soon as anything does.
    case readState(bucket: Int64)
    /// As `readState`, but sees everything decided before.
    case readStateSerially(bucket: Int64)
    /// Opens a generation for new starts, unless a later one is open.
    case openGeneration(bucket: Int64, Int64)
    /// Prevents processes from registering in a generation or one before it.
    case fenceGenerations(bucket: Int64, upTo: Int64)
    /// Reads a month's state, some of its sums and, if requested, the last flush, as of one moment: as `readState`, and
    /// the unit.
    case readMonth(bucket: Int64, [TierUnit], withLastFlush: Bool)
    /// Reads some of a month's sums as of one moment: tier, unit, sum, version of its last change, the month's version.
    case readUnits(bucket: Int64, [TierUnit])
    /// Reads a month's sums of a tier: unit, sum, version of its last change.
    case readTotals(bucket: Int64, Tier, units: ClosedRange<Int64>)
    /// Sets a sum, without a TTL.
    case setTotal(bucket: Int64, Tier, unit: Int64, StartTotals, version: Int64)
    /// Keeps what is flushed beside the sums, packed, until it is entered by minutes.
    case setLastFlush(bucket: Int64, [UInt8])
    /// Keeps the digests of what is flushed.
    case setLastDigests(bucket: Int64, [UInt8])
    /// Reads the last flush and its digests: tier, content.
    case readLastFlush(bucket: Int64)
    /// Raises a month's version, and sets up to which generation it is flushed, if the version still is `from`; `nil`
    /// means that it has none.
    case advanceVersion(bucket: Int64, from: Int64?, to: Int64, flushed: Int64)
    /// Sets the version unconditionally, which the simulation shows to be wrong.
    case setVersion(bucket: Int64, to: Int64, flushed: Int64)
    /// Sets for how many days the flushed starts of a month are kept; 0 means forever.
    case setKept(bucket: Int64, days: Int64)
    /// Sets the version up to which a month's hours were copied.
    case setCopiedVersion(bucket: Int64, Int64)

    // For outside readers, and the keyspace's settings.

    /// Sets the number of starts of a country in an hour.
    case setHour(hour: Int64, CountryCode, count: Int, version: Int64, ttl: Int32)
    /// Reads a setting of the keyspace.
    case readSetting(String)
    /// Creates a setting of the keyspace, once and for all.
    case writeSetting(String, String)
    /// Creates a setting of the keyspace unless it exists: a condition decided by all data centres together.
    case claimSetting(String, String)
    /// Overwrites a setting of the keyspace.
    case replaceSetting(String, String)
    /// Proves that a quorum takes writes, and leaves a trace of this process: its id, and the time in µs.
    case probe(id: String, at: Int64)
    /// Tries a write timestamp, in µs, that the store's writes may have.
    case trial(timestamp: Int64)
    /// Reads the clock of the node that responds, in milliseconds since 1970.
    case readClock
}
