import Glibc
import Logging
import Metrics
import PlayerSessions
import RocksDB

/// The embedded store: sessions on this machine's disk, in one directory, for one process.
///
/// Two threads decide groups and commit them to a journal, and keep the latest sessions in a memtable; a flusher brings
/// full memtables to sorted runs; queries read both in one view. See ARCHITECTURE.md.
public final class RocksDBStore: SessionStore {
    /// The options for opening a store.
    public struct Options: Sendable {
        /// The store's directory, created if it is missing.
        public var path: String
        /// How long sessions are kept.
        public var retention: Retention
        /// The source of the current time.
        public var clock: WallClock
        /// How many sessions a memtable holds; two memtables take up to 300 bytes for each.
        public var hotSessions: Int {
            didSet { memtables = MemtableLimits(sessions: hotSessions) }
        }
        /// When a memtable is full.
        var memtables: MemtableLimits
        /// Bytes of memory for blocks, indexes and filters of the runs, including the membership filter.
        public var blockCacheBytes: Int {
            didSet { membership = MembershipBounds(cacheBytes: blockCacheBytes) }
        }
        /// How large the membership filter and its log may become.
        var membership: MembershipBounds
        /// How many events may wait for the writer; more are refused as overload.
        public var maximumQueuedEvents: Int
        /// How many files the store may have open: at least the lower bound of `RocksDBStore.descriptors`.
        public var maximumDescriptors = RocksDBStore.descriptors.upperBound
        /// Whether a missing store is created.
        public var makesMissing = true
        /// When the store looks for what the retention has forgotten.
        var sweeps = Sweeper.Schedule()
        /// The clock that measures how long the store is open.
        var steadyClock = SteadyClock.system
        /// The backlog that the flusher observes; `nil` for the database's own.
        var backlog: RunBacklog?
        /// Called once, on a thread of the store, when the store has failed and refuses everything from then on.
        public var onFailure: @Sendable (SessionStoreError) -> Void

        /// Makes options for a store at a path.
        public init(
            path: String,
            retention: Retention = .forever,
            clock: WallClock = .system,
            hotSessions: Int = 1_000_000,
            blockCacheBytes: Int = 256 << 20,
            maximumQueuedEvents: Int = 200_000,
            onFailure: @escaping @Sendable (SessionStoreError) -> Void = { _ in }
        ) {
            self.path = path
            self.retention = retention
            self.clock = clock
            self.hotSessions = hotSessions
            memtables = MemtableLimits(sessions: hotSessions)
            self.blockCacheBytes = blockCacheBytes
            membership = MembershipBounds(cacheBytes: blockCacheBytes)
            self.maximumQueuedEvents = maximumQueuedEvents
            self.onFailure = onFailure
        }
    }

    private let options: Options
    private let files: StoreFiles
    private let core: Monitor<Core?>
    private let queue: WriteQueue
    let seed: UInt64
    private let isDatabaseClosed: Monitor<Bool>

    /// Everything that exists only while the store is open.
    struct Core {
        let store: StoreDatabase
        let journal: Journal
        let view: SharedView
        let flusher: Flusher
        let sweeper: Sweeper
        let membership: Membership
        let diskWatch: DiskWatch
        let readers: ReaderPool
        let committer: Committer
        let writerThread: WorkerThread
        let committerThread: WorkerThread
        let journalFilesThread: WorkerThread
        let flusherThread: WorkerThread
        let sweeperThread: WorkerThread
        let diskThread: WorkerThread
        let membershipThread: WorkerThread
    }

    /// Opens or creates the store and reads its journal; blocks for that long.
    ///
    /// - Throws: `.unusable` or `.failed`, naming who holds it, which format it has, or what the system said.
    public init(_ options: Options, metrics: MetricsRegistry, logger: Logger) throws(SessionStoreError) {
        self.options = options
        let begin = MonotonicTime.now
        var random = SystemRandomNumberGenerator()
        seed = random.next()
        files = try StoreFiles(path: options.path, makesMissing: options.makesMissing)
        let queue = WriteQueue(maximumEvents: options.maximumQueuedEvents)
        self.queue = queue
        let isDatabaseClosed = Monitor(false)
        self.isDatabaseClosed = isDatabaseClosed
        let storeMetrics = StoreMetrics(metrics)
        do throws(SessionStoreError) {
            let opened = try StoreOpening(
                options: options,
                files: files,
                seed: seed,
                metrics: storeMetrics,
                logger: logger,
                queue: queue,
                fail: { error in
                    if queue.close(error) { options.onFailure(error) }
                },
                onClose: { isDatabaseClosed.withLock(notify: true) { $0 = true } }
            ).run()
            core = Monitor(opened.core)
            logger.log(
                .info,
                "store opened",
                [
                    "path": options.path, "replayed_sessions": opened.replayedSessions,
                    "seconds": begin.elapsedSeconds,
                ]
            )
        } catch {
            files.close()
            throw error
        }
        let store = opened(\.store)
        metrics.gauge("player_sessions_store_queued_events", help: "Events that wait for the writer.") {
            Double(queue.waitingEvents)
        }
        let diskWatch = opened(\.diskWatch)
        metrics.gauge(
            "player_sessions_store_free_bytes",
            help: "Bytes that are free on the store's disk; batches are refused below a watermark."
        ) { [weak diskWatch] in Double(diskWatch?.freeBytes ?? 0) }
        let membership = opened(\.membership)
        metrics.gauge(
            "player_sessions_store_filter_bytes",
            help: "Bytes of the filter of all sessions in the sorted runs, a part of the cache."
        ) { [weak membership] in Double(membership?.bytes ?? 0) }
        metrics.gauge("player_sessions_store_bytes", help: "Bytes of the store's sorted runs.") {
            [weak store] in
            Double(store?.runBytes ?? 0)
        }
    }

    func opened<Part>(_ part: (Core) -> Part) -> Part? {
        core.withLock { $0.map(part) }
    }

    /// See `SessionStore`: durable once the group's journal write is synced.
    public func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        guard !batch.isEmpty else { return completion(.success(())) }
        guard batch.count <= WriteQueue.maximumGroupEvents else {
            let parts = BatchParts(
                batch,
                maximumEvents: WriteQueue.maximumGroupEvents,
                completion: completion
            )
            return parts.parts.forEach { append($0, completion: parts.complete) }
        }
        let request = WriteQueue.Request(batch: PackedBatch(batch, seed: seed), completion: completion)
        if let refusal = queue.push(request) { completion(.failure(refusal)) }
    }

    /// See `SessionStore`: the same cost for a minute and for a century.
    public func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts {
        guard let core = opened({ $0 }) else { throw RocksDBStore.closed }
        let clipped = window.clipped(after: options.retention.cutoff(at: options.clock.now))
        return try await core.readers.run(for: client) {
            Result { () throws(SessionStoreError) in
                try StartQuery(store: core.store, view: core.view).run(clipped)
            }
        }
    }

    /// See `SessionStore`: the same cost for 20 sessions and for 100,000.
    public func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session] {
        guard let core = opened({ $0 }) else { throw RocksDBStore.closed }
        let cutoff = options.retention.cutoff(at: options.clock.now)
        let limit = min(max(limit, 1), maximumSessionsPerResponse)
        return try await core.readers.run(for: client) { [seed] in
            Result { () throws(SessionStoreError) in
                try SessionQuery(store: core.store, view: core.view, seed: seed)
                    .run(playerID, limit: limit, after: cutoff)
            }
        }
    }

    /// See `SessionStore`: flushes memory to the runs first, and reads those.
    public func export(
        after position: ExportPosition?
    ) async throws(SessionStoreError) -> any SessionExport {
        if let position, !RunExport.isValid(position) {
            throw SessionStoreError(
                .unusable,
                operation: "export the store \(options.path)",
                reason: "the position is not one of an embedded store",
                hint: "begin at the beginning"
            )
        }
        let flushing: Result<Bool, SessionStoreError> = await withCheckedContinuation { continuation in
            do throws(SessionStoreError) {
                _ = try WorkerThread("export") { [self] in continuation.resume(returning: .success(flush())) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        guard try flushing.get(), let core = opened({ $0 }) else {
            throw queue.refusal ?? RocksDBStore.closed
        }
        return RunExport(
            store: core.store,
            snapshot: core.view.value.withLock { $0.snapshot },
            readers: core.readers,
            horizon: options.retention.horizon(at: options.clock.now),
            after: position
        )
    }

    /// See `SessionStore`.
    public var unreadiness: String? { queue.refusal?.description ?? opened(\.diskWatch)?.complaint }

    /// See `SessionStore`: commits accepted batches, then ends all threads and releases the directory.
    public func close() async {
        await withCheckedContinuation { continuation in
            let work: @Sendable () -> Void = { [self] in
                closeAndWait()
                continuation.resume()
            }
            // Without a thread of its own it blocks one of the tasks' threads, which nobody needs at the end.
            do { _ = try WorkerThread("close", work) } catch { work() }
        }
    }

    private func closeAndWait() {
        endThreads()
        // A query may hold the database a moment longer; only then may another process have the directory.
        _ = isDatabaseClosed.wait { $0 ? true : nil }
        files.close()
    }

    private func endThreads() {
        queue.close(RocksDBStore.closed)
        guard
            let core = core.withLock({ core in
                defer { core = nil }
                return core
            })
        else { return }
        core.sweeper.stop()
        core.flusher.hurry()
        core.writerThread.join()
        core.committer.stop()
        core.committerThread.join()
        core.journal.files.stop()
        core.journalFilesThread.join()
        core.flusher.stop()
        core.flusherThread.join()
        core.sweeperThread.join()
        core.diskWatch.stop()
        core.diskThread.join()
        core.membership.stop()
        core.membershipThread.join()
        core.readers.close()
        // Every group was synced; this adds that the journal ends here.
        try? core.journal.close()
    }

    private static let closed = SessionStoreError(
        .closing,
        operation: "use the store",
        reason: "the store is closing"
    )

    /// Flushes memory to the runs and waits for it; returns `false` if the store closes or fails first.
    @discardableResult
    func flush() -> Bool {
        guard let core = opened({ $0 }) else { return false }
        return StoreOpening.bringMemoryToRuns(queue, core.flusher)
    }

    /// Purges what is forgotten, however little; returns whether it purged: for tests.
    func sweep(
        hasRoom: Bool = true,
        onStep: @escaping (Purge.Step) -> Void = { _ in }
    ) throws(SessionStoreError) -> Bool {
        guard let sweeper = opened(\.sweeper) else { return false }
        return try sweeper.sweep(minimumAdvance: 1, hasRoom: { hasRoom }, onStep: onStep)
    }

    /// Looks at the active memtable of an open store, under the lock: for tests.
    func inspectActive<Result: Sendable>(_ body: (Memtable) -> Result) -> Result? {
        opened(\.view)?.value.withLock { body($0.active) }
    }

    /// Looks into the database of an open store, which must not be kept: for tests.
    func inspect<Result>(_ body: (StoreDatabase) throws -> Result) throws -> Result? {
        try opened(\.store).map(body)
    }
}
