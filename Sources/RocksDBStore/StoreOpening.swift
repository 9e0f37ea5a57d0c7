import PlayerSessions
import RocksDB

/// Opens a store: database, journal, threads.
struct StoreOpening {
    let options: RocksDBStore.Options
    let files: StoreFiles
    let seed: UInt64
    let metrics: StoreMetrics
    let fail: @Sendable (SessionStoreError) -> Void

    /// The open store, and how many sessions came from the journal.
    func run(
        _ queue: WriteQueue
    ) throws(SessionStoreError) -> (core: RocksDBStore.Core, replayedSessions: Int) {
        let store: StoreDatabase
        do {
            store = try StoreDatabase(path: files.databasePath, cacheBytes: options.blockCacheBytes)
        } catch {
            throw SessionStoreError(
                .unusable,
                operation: "open the store \(options.path)",
                reason: error.message,
                hint: error.hint
            )
        }
        let makeGeneration = { [options] in
            Generation(capacity: options.hotSessions, slack: 2 * WriteQueue.maximumGroupEvents)
        }
        let view = SharedView(
            StoreView(active: makeGeneration(), flushing: nil, snapshot: Snapshot(of: store.database))
        )
        let flusher = Flusher(store: store, files: files, view: view, metrics: metrics, fail: fail)
        let committed = try CommitRecord.read(store)
        let flusherThread = WorkerThread("flusher") { flusher.run() }
        var sequence = committed
        var replayed = 0
        do throws(SessionStoreError) {
            let recovery = Recovery(store: store, seed: seed)
            unsafe try recovery.replay(after: committed) { group, bytes throws(SessionStoreError) in
                let active = view.value.withLock { $0.active }
                replayed -= active.sessions.count
                try unsafe recovery.apply(bytes, group, to: active)
                replayed += active.sessions.count
                sequence = group
                if active.sessions.isFull { flusher.closeActive(makeGeneration) }
            }
        } catch {
            flusher.stop()
            flusherThread.join()
            throw error
        }
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
        let core = RocksDBStore.Core(
            store: store,
            view: view,
            flusher: flusher,
            readers: ReaderPool(threads: 2),
            writerThread: WorkerThread("writer") { writer.run() },
            flusherThread: flusherThread
        )
        return (core, replayed)
    }
}
