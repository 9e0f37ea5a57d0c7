import Logging
import PlayerSessions
import RocksDB

/// Runs `body` while no memtable is being flushed: `Flusher.withoutFlush`.
typealias WithoutFlush = (() throws(SessionStoreError) -> Void) throws(SessionStoreError) -> Void

extension Membership {
    /// Works until it is stopped.
    func run(withoutFlush: WithoutFlush) {
        while let job = state.wait(for: { state -> Job?? in
            if state.isStopped { return .some(nil) }
            return state.job.map { .some($0) }
        }) {
            perform(job, withoutFlush)
        }
    }

    /// Performs a job until it is done, the membership is stopped or the log is given up.
    func perform(_ job: Job, _ withoutFlush: WithoutFlush) {
        switch job {
        case .make(let mark): make(mark)
        case .rebuild: rebuild(withoutFlush)
        }
    }

    /// Ends the thread soon; an unfinished rebuild starts over at the next opening.
    func stop() {
        state.withLock(notify: true) { $0.isStopped = true }
    }

    /// Makes a filter from the log, or schedules a rebuild if the log is damaged.
    private func make(_ mark: MembershipMark) {
        let source = state.withLock { state -> (log: MembershipLog, sessions: Int)? in
            guard let log = state.log else { return nil }
            return (log, state.filter?.count ?? min(log.entries, estimatedSessions))
        }
        guard let (log, sessions) = source else { return }
        let begin = MonotonicTime.now
        let filter: MembershipFilter
        do throws(SessionStoreError) {
            filter = try makeFilter(sessions: sessions)
        } catch {
            warn(error)
            return forget(log, thenRebuild: false)
        }
        state.withLock { noteMemory($0, making: filter.bytes) }
        do throws(MembershipLog.Damage) {
            try fill(filter, from: log, mark)
        } catch {
            logger.log(
                .warning,
                "the membership filter's log is damaged or of another time, and is made anew",
                ["path": files.path]
            )
            return forget(log, thenRebuild: true)
        }
        // A flush may be inserting into the filter by now.
        let count = state.withLock { _ in filter.count }
        logger.log(
            .debug,
            "membership filter made",
            ["path": files.path, "sessions": count, "seconds": begin.elapsedSeconds]
        )
    }

    /// Reads the log into a filter until the filter holds all of it and is in the view.
    private func fill(
        _ filter: MembershipFilter,
        from log: MembershipLog,
        _ mark: MembershipMark
    ) throws(MembershipLog.Damage) {
        var reader = try MembershipLog.Reader(log, mark)
        while let end = end(of: log, publishing: filter, at: reader.position) {
            while try reader.next(end: end, { filter.insert($0) }) {
                if state.withLock({ $0.isStopped }) { return }
            }
        }
    }

    /// Returns the log's end if the filter has not read all of it, else publishes the filter and returns `nil`.
    ///
    /// Also returns `nil` if the log was given up or the thread stopped.
    func end(
        of log: MembershipLog,
        publishing filter: MembershipFilter,
        at position: Int
    ) -> Int? {
        state.withLock(notify: true) { state in
            guard state.log === log, !state.isStopped else {
                noteMemory(state)
                return nil
            }
            guard position == log.length else { return log.length }
            publish(filter, &state)
            // An overfilled predecessor undercounts its sessions, so this filter may be too small already.
            state.job = filter.isFull && canGrow(filter) ? .make(log.mark(0)) : nil
            return nil
        }
    }

    private func forget(_ log: MembershipLog, thenRebuild: Bool) {
        state.withLock(notify: true) { state in
            noteMemory(state)
            guard state.log === log else { return }
            giveUpLog(&state)
            if thenRebuild { state.job = .rebuild }
        }
    }

    /// Makes a new log from the runs, and schedules making the filter from it.
    private func rebuild(_ withoutFlush: WithoutFlush) {
        let estimate = estimatedSessions
        guard MembershipFilter.mostSessions(bytes: bounds.maximumBytes) >= estimate else {
            return state.withLock(notify: true) { giveUp(&$0) }
        }
        let begin = MonotonicTime.now
        do throws(SessionStoreError) {
            guard hasRoom(sessions: estimate) else {
                throw SessionStoreError(
                    .failed,
                    operation: "make the membership filter's log",
                    reason: "the disk has too little room",
                    hint: "free some space on the disk"
                )
            }
            var started: (log: MembershipLog, snapshot: Snapshot)?
            try withoutFlush { () throws(SessionStoreError) in
                let log = try makeLog(files.membershipSuccessorPath)
                started = (log, Snapshot(of: store.database))
                state.withLock { $0.successor = log }
            }
            guard let started, try scan(started.snapshot, into: started.log) else { return }
            try started.log.sync()
            try withoutFlush { () throws(SessionStoreError) in try takeOver(started.log) }
            logger.log(
                .info,
                "membership filter's log made",
                ["path": files.path, "sessions": started.log.entries, "seconds": begin.elapsedSeconds]
            )
        } catch {
            warn(error)
            state.withLock(notify: true) { giveUpLog(&$0) }
        }
    }

    /// Returns whether the disk has space for two such logs and twice what batches need.
    private func hasRoom(sessions: Int) -> Bool {
        guard let space = DiskSpace(of: files.path) else { return true }
        return space.freeBytes >= 2 * FreeSpaceRule.leastBytes + 2 * MemoryLayout<UInt64>.size * sessions
    }

    /// Appends all sessions of the runs; returns `false` if it was stopped or the log given up.
    private func scan(_ snapshot: Snapshot, into log: MembershipLog) throws(SessionStoreError) -> Bool {
        var cursor = Cursor(store.database, store.records, snapshot: snapshot, isLongScan: true)
        unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
        var hashes: [UInt64] = []
        hashes.reserveCapacity(MembershipLog.maximumFrame)
        while try translate("read the sorted runs", { () throws(RocksDBError) in try cursor.isValid() }) {
            // The hash of the player precedes the two ids.
            let key = unsafe UnsafeRawBufferPointer(rebasing: cursor.key.dropFirst(KeyBuilder.hashBytes))
            hashes.append(unsafe KeyHash.membership(key, seed))
            cursor.advance()
            guard hashes.count == MembershipLog.maximumFrame else { continue }
            guard try append(hashes, to: log) else { return false }
            hashes.removeAll(keepingCapacity: true)
        }
        return try append(hashes, to: log)
    }

    private func append(_ hashes: [UInt64], to log: MembershipLog) throws(SessionStoreError) -> Bool {
        let result = state.withLock { state -> Result<Bool, SessionStoreError> in
            guard state.successor === log, !state.isStopped else { return .success(false) }
            return Result { () throws(SessionStoreError) in
                try log.append(hashes)
                return true
            }
        }
        return try result.get()
    }

    /// Replaces the former log with one that holds all sessions of the runs; no flush may be in progress.
    private func takeOver(_ log: MembershipLog) throws(SessionStoreError) {
        guard state.withLock({ $0.successor === log }) else { return }
        try log.sync()
        try log.rename(to: files.membershipPath)
        try files.syncMembershipDirectory()
        let mark = log.mark(try CommitRecord.read(store))
        try translate("note the membership filter's log") { () throws(RocksDBError) in try mark.write(store) }
        state.withLock(notify: true) { state in
            state.log = log
            state.successor = nil
            state.rebuiltEntries = log.entries
            state.job = .make(mark)
        }
    }
}
