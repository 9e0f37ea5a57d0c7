import Glibc
import PlayerSessions
import RocksDB
import Synchronization

/// The thread that writes immutable memtables to sorted runs.
///
/// The order makes a crash safe at any point: first the index and the records, which memory still covers and which can
/// be written again; last, as the commit point, one file with the starts and the commit record. Only then does the
/// journal release its groups.
final class Flusher: @unchecked Sendable {  // `monitor` and the view's lock guard what changes.
    fileprivate struct State {
        enum Phase {
            case idle
            case flushing
            case stopped
        }

        var phase = Phase.idle
        /// Whether the writer will soon need the next memtable.
        var isNextWanted = false
        /// The number of memtables flushed so far.
        var flushed = 0
        /// Whether the store is closing: the writer is draining its queue to the journal and should not wait for long.
        var isHurried = false
        /// Whether the thread should end after the current flush.
        var isEnding = false
        /// Whether nodes of the tree of starts were noted to be split.
        var hasNotedStarts = false
    }

    /// What the thread does next.
    fileprivate enum Turn {
        case flush
        case prepare
        case splitStarts
        case end
    }

    /// The delay between the first noted node and the split, so that one pass handles many.
    private static let splitDelayMilliseconds = 200

    /// The interval at which compactions are checked for progress.
    private static let pauseMicroseconds: UInt32 = 20_000
    /// The number of consecutive checks without a running compaction, one second in all, after which it stops waiting.
    private static let maximumPauses = 50
    /// The factor by which more runs are allowed while the store closes.
    ///
    /// The file budget reserves descriptors for both sides of compactions, of which few run then.
    private static let hurriedFactor = 2

    private let store: StoreDatabase
    private let files: StoreFiles
    private let journal: Journal
    private let view: SharedView
    private let membership: Membership
    private let supply: MemtablePool
    private let metrics: StoreMetrics
    /// The most sorted runs of a column family that may await compaction; each is an open file.
    private let maximumRuns: Int
    private let backlog: RunBacklog
    private let fail: @Sendable (SessionStoreError) -> Void
    private let monitor = Monitor(State())
    /// Held while the runs and the view change together.
    private let publication = Mutex(())

    init(
        store: StoreDatabase,
        files: StoreFiles,
        journal: Journal,
        view: SharedView,
        membership: Membership,
        supply: MemtablePool,
        metrics: StoreMetrics,
        maximumRuns: Int = FileBudget(descriptors: FileBudget.range.upperBound).maximumRuns,
        backlog: RunBacklog? = nil,
        fail: @escaping @Sendable (SessionStoreError) -> Void
    ) {
        self.store = store
        self.files = files
        self.journal = journal
        self.view = view
        self.membership = membership
        self.supply = supply
        self.metrics = metrics
        self.maximumRuns = maximumRuns
        self.backlog = backlog ?? RunBacklog(of: store)
        self.fail = fail
        store.oversizedNodes.whenNoted { [monitor] in
            monitor.withLock(notify: true) { $0.hasNotedStarts = true }
        }
    }

    /// Waits for any flush in progress, then rotates the memtable and starts flushing the old one.
    ///
    /// Must be called by the writer's thread while no batch is being decided. Does nothing if the flusher has stopped.
    /// Returns the argument for `waitUntilFlushed` that waits for this memtable.
    @discardableResult
    func closeActive() -> Int {
        guard waitUntilIdle() else { return .max }
        let fresh: Memtable
        do throws(SessionStoreError) {
            fresh = try supply.take()
        } catch {
            stop(because: error)
            return .max
        }
        let isClosed = view.value.withLock { view in
            guard view.active.sessions.count > 0 else { return false }
            view.flushing = view.active
            view.active = fresh
            return true
        }
        if !isClosed { supply.giveBack(fresh) }
        return monitor.withLock(notify: true) { state in
            guard isClosed else { return state.flushed }
            if state.phase == .idle { state.phase = .flushing }
            return state.flushed + 1
        }
    }

    /// Requests the next memtable, which takes as long to prepare as a few thousand events.
    func prepareNext() {
        monitor.withLock(notify: true) { $0.isNextWanted = true }
    }

    /// Waits until `count` memtables were flushed; returns `false` if the flusher stops before.
    func waitUntilFlushed(_ count: Int) -> Bool {
        monitor.wait { state -> Bool? in
            if state.flushed >= count { return true }
            return state.phase == .stopped ? false : nil
        }
    }

    /// Runs `body` while no flush, split or last step of a purge is in progress.
    func withoutFlush<Result>(
        _ body: () throws(SessionStoreError) -> Result
    ) throws(SessionStoreError) -> Result {
        try publication.withLock { _ throws(SessionStoreError) in try body() }
    }

    /// Waits until no flush is in progress; returns `false` if the flusher has stopped.
    private func waitUntilIdle() -> Bool {
        monitor.wait { state -> Bool? in
            switch state.phase {
            case .idle: true
            case .flushing: nil
            case .stopped: false
            }
        }
    }

    /// Raises the number of runs at which to wait for compactions, because the store is closing.
    func hurry() { monitor.withLock { $0.isHurried = true } }

    /// Ends the thread after the current flush.
    func stop() {
        monitor.withLock(notify: true) { $0.isEnding = true }
        _ = waitUntilIdle()
        monitor.withLock(notify: true) { $0.phase = .stopped }
    }

    /// Runs until the flusher is stopped or fails.
    func run() {
        populateActive()
        while true {
            let turn = nextTurn()
            do throws(SessionStoreError) {
                switch turn {
                case .flush: try flushClosed()
                case .prepare: try supply.prepare { hasNothingElseToDo }
                case .splitStarts: try splitStarts()
                case .end: return
                }
            } catch {
                stop(because: error)
            }
        }
    }

    /// Prefaults the tables of the first memtable, to spare the first batches; the supply does this for later ones.
    private func populateActive() {
        let active = view.value.withLock { $0.active }
        active.sessions.populateTables { hasNothingElseToDo }
    }

    private var hasNothingElseToDo: Bool { monitor.withLock { $0.phase == .idle && !$0.isEnding } }

    private func nextTurn() -> Turn {
        let turn = monitor.wait { state -> Turn? in
            state.takeTurn() ?? (state.hasNotedStarts ? .splitStarts : nil)
        }
        guard turn == .splitStarts else { return turn }
        monitor.withLock { $0.hasNotedStarts = false }
        let sooner = monitor.wait(milliseconds: Flusher.splitDelayMilliseconds) { $0.takeTurn() }
        if sooner == .prepare { monitor.withLock { $0.hasNotedStarts = true } }
        return sooner ?? .splitStarts
    }

    private func flushClosed() throws(SessionStoreError) {
        let flushed = try withoutFlush { () throws(SessionStoreError) in try flush() }
        monitor.withLock(notify: true) { $0.flushed += 1 }
        supply.reuse(consume flushed)
        waitForCompactions()
        monitor.withLock(notify: true) { $0.phase = .idle }
    }

    private func stop(because error: SessionStoreError) {
        // Tell the writer first, or it would fill a memtable that nobody flushes.
        fail(error)
        monitor.withLock(notify: true) { $0.phase = .stopped }
    }

    /// Waits while too many runs await compaction; the writer then waits in turn.
    ///
    /// Gives up if no compaction is running, as after a disk error: the next flush then meets the error.
    private func waitForCompactions() {
        var pauses = 0
        while isCrowded {
            pauses = backlog.isCompacting() ? 0 : pauses + 1
            guard pauses < Flusher.maximumPauses else { return }
            usleep(Flusher.pauseMicroseconds)
        }
    }

    /// Whether there are more runs than currently allowed.
    private var isCrowded: Bool {
        let (isHurried, isEnding) = monitor.withLock { ($0.isHurried, $0.isEnding) }
        let bound = isHurried ? Flusher.hurriedFactor * maximumRuns : maximumRuns
        return !isEnding && backlog.waitingRuns() > bound
    }

    /// Writes the immutable memtable to the runs and removes it from the view.
    private func flush() throws(SessionStoreError) -> Memtable {
        let begin = MonotonicTime.now
        guard let memtable = view.value.withLock({ $0.flushing }) else {
            preconditionFailure("nothing to flush")
        }
        try translate("write a memtable to sorted runs") { () throws(RocksDBError) in
            let paths = (
                index: files.path(of: .index), records: files.path(of: .records),
                starts: files.path(of: .starts)
            )
            let hasIndex = try SessionRuns(memtable.sessions, store).write(
                records: paths.records,
                index: paths.index
            )
            let mark = membership.cover(memtable)
            try StartRun.write(
                memtable.starts.sortedNodes(),
                through: memtable.lastSequence,
                mark,
                to: paths.starts,
                store
            )
            store.noteRecords()
            if hasIndex { try store.database.ingest(paths.index, into: store.index) }
            try store.database.ingest(paths.records, into: store.records)
            try store.database.ingest(paths.starts, into: store.starts)
        }
        try CommitWitness(files: files).write(memtable.lastSequence)
        view.replaceSnapshot(Snapshot(of: store.database)) { $0.flushing = nil }
        journal.files.release(through: memtable.lastSequence)
        membership.sync()
        metrics.flushSeconds.observe(begin.elapsedSeconds)
        return memtable
    }

    /// Splits a bounded number of noted nodes of the tree of starts, between flushes.
    ///
    /// One file holds all changes, so a query sees all of them or none. What is left is noted again. While the disk is
    /// short of space or compactions fall behind, this is left to the next flush.
    private func splitStarts() throws(SessionStoreError) {
        guard !store.compactionGate.isShut, !isCrowded else { return }
        try withoutFlush { () throws(SessionStoreError) in
            try translate("split crowded counts") { () throws(RocksDBError) in
                let path = files.path(of: .starts)
                guard try StartRun.writeNoted(to: path, store) else { return }
                try store.database.ingest(path, into: store.starts)
                view.replaceSnapshot(Snapshot(of: store.database))
            }
        }
    }
}

extension Flusher.State {
    /// Returns what is due now, `nil` if nothing is.
    fileprivate mutating func takeTurn() -> Flusher.Turn? {
        switch phase {
        case .flushing: return .flush
        case .stopped: return .end
        case .idle:
            defer { isNextWanted = false }
            return isNextWanted ? .prepare : nil
        }
    }
}
