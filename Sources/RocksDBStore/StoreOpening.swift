import Logging
import PlayerSessions
import RocksDB

/// Opens a store: database, journal, what a purge left undone, threads.
struct StoreOpening {
    let options: RocksDBStore.Options
    let files: StoreFiles
    let seed: UInt64
    let metrics: StoreMetrics
    let logger: Logger
    let queue: WriteQueue
    let fail: @Sendable (SessionStoreError) -> Void
    /// Called when the database was closed, which it is with the last reference to it.
    let onClose: @Sendable () -> Void

    /// The open store, and how many sessions came from the journal.
    func run() throws(SessionStoreError) -> (core: RocksDBStore.Core, replayedSessions: Int) {
        try StoreResources(options: options, files: files, logger: logger).check()
        let store = try openDatabase()
        try files.removeLeftovers()
        let committed = try CommitRecord.read(store)
        try CommitWitness(files: files).check(committed)
        let pending = try PurgeRecord.pending(store)
        if let pending { store.purge.forgottenThrough = pending }
        let view = SharedView(
            StoreView(active: try makeGeneration(), flushing: nil, snapshot: Snapshot(of: store.database))
        )
        let flusher = Flusher(
            store: store,
            files: files,
            view: view,
            metrics: metrics,
            maximumRuns: budget.maximumRuns,
            backlog: options.backlog,
            fail: fail
        )
        let flusherThread = try WorkerThread("flusher") { flusher.run() }
        do throws(SessionStoreError) {
            let replayed = try replay(after: committed, store, view, flusher)
            if let pending { try finishPurge(pending, store, view, flusher) }
            let core = try startThreads(store, view, flusher, flusherThread, sequence: replayed.sequence)
            return (core, replayed.sessions)
        } catch {
            flusher.stop()
            flusherThread.join()
            throw error
        }
    }

    private var budget: FileBudget { FileBudget(descriptors: options.maximumDescriptors) }

    /// Starts the writer, the readers and the sweeper; when one of them cannot start, none runs.
    private func startThreads(
        _ store: StoreDatabase,
        _ view: SharedView,
        _ flusher: Flusher,
        _ flusherThread: WorkerThread,
        sequence: UInt64
    ) throws(SessionStoreError) -> RocksDBStore.Core {
        let writer = Writer(
            store: store,
            queue: queue,
            flusher: flusher,
            view: view,
            retention: options.retention,
            clock: options.clock,
            metrics: metrics,
            sequence: sequence,
            makeGeneration: makeGeneration,
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
        // Before the first batch can come.
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
                isNewStore: sequence == 0,
                clock: options.clock,
                steadyClock: options.steadyClock
            ),
            hasRoom: { diskWatch.hasRoomForMerge },
            logger: logger,
            fail: fail
        )
        let readers = try ReaderPool(threads: 3)
        var writerThread: WorkerThread?
        var diskThread: WorkerThread?
        do throws(SessionStoreError) {
            let writing = try WorkerThread("writer") { writer.run() }
            writerThread = writing
            let watching = try WorkerThread("disk") { diskWatch.run() }
            diskThread = watching
            return RocksDBStore.Core(
                store: store,
                view: view,
                flusher: flusher,
                sweeper: sweeper,
                diskWatch: diskWatch,
                readers: readers,
                writerThread: writing,
                flusherThread: flusherThread,
                sweeperThread: try WorkerThread("sweeper") { sweeper.run() },
                diskThread: watching
            )
        } catch {
            queue.close(error)
            writerThread?.join()
            diskWatch.stop()
            diskThread?.join()
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

    /// Opens the database, and once more where a run was missing that could be restored.
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
            onClose: onClose
        )
    }

    /// Room in a generation beyond its capacity: for two groups of the writer's.
    static let slack = 2 * WriteQueue.maximumGroupEvents

    private func makeGeneration() throws(SessionStoreError) -> Generation {
        try Generation(options.generations, slack: StoreOpening.slack)
    }

    private func replay(
        after committed: UInt64,
        _ store: StoreDatabase,
        _ view: SharedView,
        _ flusher: Flusher
    ) throws(SessionStoreError) -> (sequence: UInt64, sessions: Int) {
        var sequence = committed
        var replayed = 0
        let recovery = Recovery(store: store, seed: seed)
        unsafe try recovery.replay(after: committed) { group, bytes throws(SessionStoreError) in
            let active = view.value.withLock { $0.active }
            replayed -= active.sessions.count
            try unsafe recovery.apply(bytes, group, to: active)
            replayed += active.sessions.count
            sequence = group
            if active.isFull { flusher.closeActive(makeGeneration) }
            // Nobody empties generations any more: reading on would only fill memory.
            if let failure = queue.refusal { throw failure }
        }
        return (sequence, replayed)
    }

    /// Ends a purge that was begun under a shorter retention, before an event can come that this one remembers.
    private func finishPurge(
        _ horizon: Int64,
        _ store: StoreDatabase,
        _ view: SharedView,
        _ flusher: Flusher
    ) throws(SessionStoreError) {
        let forgotten = options.retention.horizon(at: options.clock.now)?.microseconds ?? .min
        guard forgotten < horizon else { return }
        let purge = Purge(store: store, view: view, flusher: flusher) {
            flusher.waitUntilFlushed(flusher.closeActive(makeGeneration))
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

    /// Closes the active generation and waits until it has reached the runs; `false` once the store closes.
    static func bringMemoryToRuns(_ queue: WriteQueue, _ flusher: Flusher) -> Bool {
        let flushes = Monitor<Int?>(nil)
        let isTaken = queue.requestRotation { number in flushes.withLock(notify: true) { $0 = number } }
        return isTaken && flusher.waitUntilFlushed(flushes.wait { $0 })
    }
}
