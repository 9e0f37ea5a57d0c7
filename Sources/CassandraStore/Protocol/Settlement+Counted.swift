import PlayerSessions

extension Settlement {
    /// What is known of an entry that may be in the log.
    enum Standing {
        /// It is flushed or certain to be flushed.
        case counts
        /// It is not flushed and never will be.
        case never
        /// It may be in the log, or still get there.
        case open
    }

    /// How often a start counts, and where it is logged.
    struct Count {
        var total = 0
        var place: Place?
    }

    /// How often each start of a session counts.
    enum Counted {
        case sure([SessionRecord.Start: Count])
        /// Not known until these generations are flushed, one for each month.
        case open([Int64: Int64])
    }

    /// Returns how often each start of the session counts now.
    func counted(_ facts: SessionFacts) async throws(ClusterError) -> Counted {
        var counted: [SessionRecord.Start: Count] = [:]
        func add(_ entry: LogEntry) {
            counted[entry.start, default: Count()].total += entry.change
            if entry.change > 0 { counted[entry.start]?.place = entry.place }
        }
        var unsure: Set<LogEntry> = []
        if let ledger = facts.ledger {
            for entry in ledger.entries {
                let logged = LogEntry(key: key, start: entry.start, change: entry.change, place: entry.place)
                if entry.isSure, !isDoubted { add(logged) } else { unsure.insert(logged) }
            }
        } else {
            for claim in facts.claims where claim != unlogged {
                unsure.insert(LogEntry(key: key, start: claim.candidate.start, place: claim.place))
            }
        }
        var open: [Int64: Int64] = [:]
        let standings = try await concurrently(Array(unsure), limit: Settlement.width) {
            entry throws(ClusterError) in (entry, try await standing(of: entry))
        }
        for (entry, standing) in standings {
            switch standing {
            case .counts: add(entry)
            case .never: break
            case .open:
                if !rules.waitsForOthers { break }
                open[entry.start.bucket] = max(open[entry.start.bucket] ?? .min, entry.place.generation)
            }
        }
        return open.isEmpty ? .sure(counted) : .open(open)
    }

    /// Returns what is known of an entry of the session.
    func standing(of entry: LogEntry) async throws(ClusterError) -> Standing {
        let (bucket, generation) = (entry.start.bucket, entry.place.generation)
        let reader = MonthReader(access: access, bucket: bucket)
        let state = try await reader.state()
        if let flushed = state.flushed, generation <= flushed {
            if try await isFlushed(entry, reader) { return .counts }
            // The flush may not be at quorum yet; a serial read completes it.
            _ = try await reader.stateSerially()
            return try await isFlushed(entry, reader) ? .counts : .never
        }
        // No generation gets this high: the number is damaged.
        let now = access.surroundings.wallClock.now.microseconds
        if generation > max(Place.maximumGeneration(at: now), state.highest) { return .never }
        guard state.covers(entry.place), try await !access.rows(.readLogEntry(entry)).isEmpty else {
            return .open
        }
        if !rules.logsAgain { return .counts }
        // It may be on one replica only. Any process registered for its generation can log it again, not only the one
        // that did.
        guard let ticket = writer.registrar.enter(bucket, generation: generation) else { return .open }
        let result = await Result { () async throws(ClusterError) in try await access.write(.log(entry)) }
        let isStanding = writer.registrar.isStanding(ticket)
        writer.registrar.leave(ticket)
        try result.get()
        return isStanding ? .counts : .open
    }

    /// Returns whether an entry of a flushed generation was flushed.
    private func isFlushed(_ entry: LogEntry, _ reader: MonthReader) async throws(ClusterError) -> Bool {
        // The last flush may not be entered in `flushed_starts` yet.
        if let row = try await reader.lastFlush()?.rows[entry.row],
            MinuteStarts.holds(row.digests, entry.digest)
        {
            return true
        }
        guard let row = try await access.rows(.readFlushedEntries(entry.row)).first else { return false }
        return MinuteStarts.holds(row[1].bytes ?? [], entry.digest)
    }
}

extension LogEntry {
    /// The row of `flushed_starts` that holds the entry once it is flushed.
    var row: FlushedStarts.RowKey {
        FlushedStarts.RowKey(minute: MinuteStarts.minute(of: start.instant), place: place)
    }
}
