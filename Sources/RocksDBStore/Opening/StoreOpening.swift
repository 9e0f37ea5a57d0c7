import Logging
import PlayerSessions
import RocksDB

/// Opens a store: database, journal, unfinished purge, threads.
struct StoreOpening {
    let options: RocksDBStore.Options
    let files: StoreFiles
    let seed: UInt64
    let metrics: StoreMetrics
    let logger: Logger
    let queue: WriteQueue
    let fail: @Sendable (SessionStoreError) -> Void
    /// Called after the database was closed, when its last reference is released.
    let onClose: @Sendable () -> Void

    /// Opens the store; returns it and the number of sessions replayed from the journal.
    func run() throws(SessionStoreError) -> (core: RocksDBStore.Core, replayedSessions: Int) {
        try StoreResources(options: options, files: files, logger: logger).check()
        let store = try openDatabase()
        try files.removeLeftovers()
        let committed = try CommitRecord.read(store)
        try CommitWitness(files: files).check(committed)
        let pending = try PurgeRecord.pending(store)
        if let pending { store.purge.forgottenThrough = pending }
        let supply = MemtablePool(makeMemtable)
        let view = SharedView(
            StoreView(active: try supply.take(), flushing: nil, snapshot: Snapshot(of: store.database))
        )
        let membership = try Membership(
            files: files,
            store: store,
            view: view,
            committed: committed,
            bounds: options.membership,
            logger: logger
        )
        let contents = try JournalContents(directory: files.journalPath, committed: committed)
        let journal = try Journal(contents)
        let flusher = Flusher(
            store: store,
            files: files,
            journal: journal,
            view: view,
            membership: membership,
            supply: supply,
            metrics: metrics,
            maximumRuns: budget.maximumRuns,
            backlog: options.backlog,
            fail: fail
        )
        let flusherThread = try WorkerThread("flusher") { flusher.run() }
        do throws(SessionStoreError) {
            var replayed = try bringOver(after: committed, store, journal, view, flusher)
            unsafe replayed += try replay(view, flusher) { body throws(SessionStoreError) in
                unsafe try contents.replay(body)
            }
            if let pending { try finishPurge(pending, store, view, flusher) }
            return (try startThreads(store, journal, view, membership, flusher, flusherThread), replayed)
        } catch {
            flusher.stop()
            flusherThread.join()
            throw error
        }
    }

    private var budget: FileBudget { FileBudget(descriptors: options.maximumDescriptors) }

    /// Starts the writer, the readers, the sweeper and the rest; if one cannot start, stops all of them.
    private func startThreads(
        _ store: StoreDatabase,
        _ journal: Journal,
        _ view: SharedView,
        _ membership: Membership,
        _ flusher: Flusher,
        _ flusherThread: WorkerThread
    ) throws(SessionStoreError) -> RocksDBStore.Core {
        let writer = Writer(
            store: store,
            queue: queue,
            flusher: flusher,
            view: view,
            retention: options.retention,
            clock: options.clock,
            metrics: metrics,
            fail: fail
        )
        let committer = Committer(
            journal: journal,
            queue: queue,
            writer: writer,
            view: view,
            metrics: metrics,
            fail: fail
        )
        let diskWatch = DiskWatch(
            path: files.path,
            store: store,
            view: view,
            queue: queue,
            maximumRuns: budget.maximumRuns,
            logger: logger
        )
        // Before the first batch can arrive.
        diskWatch.look()
        let sweeper = Sweeper(
            purge: Purge(store: store, view: view, flusher: flusher) { [queue] in
                StoreOpening.bringMemoryToRuns(queue, flusher)
            },
            schedule: options.sweeps,
            lastHorizon: try PurgeRecord.done(store),
            retention: options.retention,
            clock: try PurgeClock(
                files: files,
                isNewStore: journal.lastSequence == 0,
                clock: options.clock,
                steadyClock: options.steadyClock
            ),
            hasRoom: { diskWatch.hasRoomForMerge },
            logger: logger,
            fail: fail
        )
        let readers = try ReaderPool(threads: 3)
        var filesThread: WorkerThread?
        var committerThread: WorkerThread?
        var writerThread: WorkerThread?
        var diskThread: WorkerThread?
        var membershipThread: WorkerThread?
        do throws(SessionStoreError) {
            let preparing = try WorkerThread("journal files") { journal.files.run() }
            filesThread = preparing
            let committing = try WorkerThread("journal") { committer.run() }
            committerThread = committing
            let writing = try WorkerThread("writer") { writer.run() }
            writerThread = writing
            let watching = try WorkerThread("disk") { diskWatch.run() }
            diskThread = watching
            let knowing = try WorkerThread("membership") {
                membership.run { body throws(SessionStoreError) in try flusher.withoutFlush(body) }
            }
            membershipThread = knowing
            return RocksDBStore.Core(
                store: store,
                journal: journal,
                view: view,
                flusher: flusher,
                sweeper: sweeper,
                membership: membership,
                diskWatch: diskWatch,
                readers: readers,
                committer: committer,
                writerThread: writing,
                committerThread: committing,
                journalFilesThread: preparing,
                flusherThread: flusherThread,
                sweeperThread: try WorkerThread("sweeper") { sweeper.run() },
                diskThread: watching,
                membershipThread: knowing
            )
        } catch {
            queue.close(error)
            writerThread?.join()
            committer.stop()
            committerThread?.join()
            journal.files.stop()
            filesThread?.join()
            diskWatch.stop()
            diskThread?.join()
            membership.stop()
            membershipThread?.join()
            readers.close()
            throw error
        }
    }

    private func openDatabase() throws(SessionStoreError) -> StoreDatabase {
        do throws(RocksDBError) {
            return try openOrRestore()
        } catch {
            throw SessionStoreError(
                .unusable,
                operation: "open the store \(options.path)",
                reason: error.message,
                hint: error.hint
            )
        }
    }

    /// Opens the database, and tries again if a missing run could be restored.
    private func openOrRestore() throws(RocksDBError) -> StoreDatabase {
        let missing: RocksDBError
        do throws(RocksDBError) {
            return try makeDatabase()
        } catch {
            missing = error
        }
        for run in LostRun.candidates(for: missing, files: files) where run.restore() {
            do throws(RocksDBError) {
                let database = try makeDatabase()
                logger.log(.warning, "a run was restored whose taking in had failed", ["file": run.place])
                return database
            } catch {
                run.takeBack()
            }
        }
        throw missing
    }

    private func makeDatabase() throws(RocksDBError) -> StoreDatabase {
        try StoreDatabase(
            path: files.databasePath,
            cacheBytes: options.blockCacheBytes,
            maximumOpenFiles: budget.maximumOpenFiles,
            hasLegacyJournal: files.isFormer,
            onClose: onClose
        )
    }

    /// The capacity of a memtable beyond its bound, in events: two of the writer's groups.
    static let slack = 2 * WriteQueue.maximumGroupEvents

    private func makeMemtable() throws(SessionStoreError) -> Memtable {
        try Memtable(options.memtables, slack: StoreOpening.slack)
    }

    private typealias Replay = (
        (UInt64, UnsafeRawBufferPointer) throws(SessionStoreError) -> Void
    ) throws(SessionStoreError) -> Void

    /// Applies a journal's groups to memtables; returns the number of sessions they added.
    private func replay(
        _ view: SharedView,
        _ flusher: Flusher,
        _ groups: Replay
    ) throws(SessionStoreError) -> Int {
        var replayed = 0
        let recovery = Recovery(seed: seed)
        unsafe try groups { sequence, bytes throws(SessionStoreError) in
            let active = view.value.withLock { $0.active }
            replayed -= active.sessions.count
            try unsafe recovery.apply(bytes, sequence, to: active)
            replayed += active.sessions.count
            if active.isFull { flusher.closeActive() }
            // Nobody flushes memtables after a failure; reading on would only fill memory.
            if let failure = queue.refusal { throw failure }
        }
        return replayed
    }

    /// Converts a store of the previous format by flushing its whole journal; returns the number of sessions.
    ///
    /// Until the last step the store keeps its format, and starting over is harmless.
    private func bringOver(
        after committed: UInt64,
        _ store: StoreDatabase,
        _ journal: Journal,
        _ view: SharedView,
        _ flusher: Flusher
    ) throws(SessionStoreError) -> Int {
        guard let family = store.legacyJournal else { return 0 }
        logger.log(.info, "bringing the store to a new format", ["path": options.path])
        let former = LegacyJournal(store: store, family: family)
        let replayed = unsafe try replay(view, flusher) { body throws(SessionStoreError) in
            unsafe try former.replay(after: committed, body)
        }
        guard flusher.waitUntilFlushed(flusher.closeActive()) else {
            throw queue.refusal ?? files.unusable("its journal could not be brought to the runs")
        }
        journal.resume(after: try CommitRecord.read(store))
        try former.drop()
        try files.noteFormat()
        return replayed
    }

    /// Finishes a purge that began under a shorter retention, before an event arrives that the current one remembers.
    private func finishPurge(
        _ horizon: Int64,
        _ store: StoreDatabase,
        _ view: SharedView,
        _ flusher: Flusher
    ) throws(SessionStoreError) {
        let forgotten = options.retention.horizon(at: options.clock.now)?.microseconds ?? .min
        guard forgotten < horizon else { return }
        let purge = Purge(store: store, view: view, flusher: flusher) {
            flusher.waitUntilFlushed(flusher.closeActive())
        }
        guard try purge.run(through: horizon) else {
            throw SessionStoreError(
                .unusable,
                operation: "open the store \(options.path)",
                reason: "a purge that an earlier run began could not be brought to its end",
                hint: "free some space on the disk, then start again"
            )
        }
    }

    /// Rotates the memtable and waits until it is flushed; returns `false` once the store closes.
    static func bringMemoryToRuns(_ queue: WriteQueue, _ flusher: Flusher) -> Bool {
        let flushes = Monitor<Int?>(nil)
        let isTaken = queue.requestRotation { number in flushes.withLock(notify: true) { $0 = number } }
        return isTaken && flusher.waitUntilFlushed(flushes.wait { $0 })
    }
}
