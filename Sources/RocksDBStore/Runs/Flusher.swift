import Glibc
import PlayerSessions
import RocksDB
import Synchronization

/// The thread that brings closed generations to the sorted runs.
///
/// The order makes it safe to die anywhere: first the index and the records, which memory still covers and
/// which can be written again; last, as the point of commit, one file with the starts and the commit record.
/// Only then does the journal let its groups go.
final class Flusher: @unchecked Sendable {  // What changes lies behind `monitor` and the view's lock.
    fileprivate struct State {
        enum Phase {
            case idle
            case flushing
            case stopped
        }

        var phase = Phase.idle
        /// Whether the writer will soon need the next generation.
        var isNextWanted = false
        /// How many generations have reached the runs.
        var flushed = 0
        /// Whether the store is closing: the writer brings what is queued to the journal, and is not to wait for long.
        var isHurried = false
        /// Whether the thread is to end after the generation that it is at.
        var isEnding = false
        /// Whether nodes of the tree of starts were noted that are to be split.
        var hasNotedStarts = false
    }

    /// What the thread does next.
    fileprivate enum Turn {
        case flush
        case prepare
        case splitStarts
        case end
    }

    /// From the first note of a node that is to be split to the splitting: one turn for many.
    private static let splitDelayMilliseconds = 200

    /// Between looks at whether compactions have caught up.
    private static let pauseMicroseconds: UInt32 = 20_000
    /// After this many looks in a row without a running compaction, one second, it stops waiting.
    private static let maximumPauses = 50
    /// While the store closes there may be this many times as many runs.
    ///
    /// What there is room for beyond them is for the other side of compactions, which are few then.
    private static let hurriedFactor = 2

    private let store: StoreDatabase
    private let files: StoreFiles
    private let journal: Journal
    private let view: SharedView
    private let membership: Membership
    private let supply: GenerationSupply
    private let metrics: StoreMetrics
    /// How many sorted runs of a column family may wait to be compacted: each is an open file.
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
        supply: GenerationSupply,
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
        store.crowdedStarts.whenNoted { [monitor] in
            monitor.withLock(notify: true) { $0.hasNotedStarts = true }
        }
    }

    /// Closes the active generation and begins to flush it; waits while the one before is still at it.
    ///
    /// To be called by the writer's thread while nobody decides. Does nothing once the flusher has stopped.
    /// Returns what `waitUntilFlushed` takes to wait for the generation.
    @discardableResult
    func closeActive() -> Int {
        guard waitUntilIdle() else { return .max }
        let fresh: Generation
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

    /// Asks for the next generation to be made ready, which takes the time of a few thousand events.
    func prepareNext() {
        monitor.withLock(notify: true) { $0.isNextWanted = true }
    }

    /// Waits until so many generations have reached the runs; `false` where the flusher stops before.
    func waitUntilFlushed(_ count: Int) -> Bool {
        monitor.wait { state -> Bool? in
            if state.flushed >= count { return true }
            return state.phase == .stopped ? false : nil
        }
    }

    /// Runs `body` while no generation is being brought to the runs.
    func withoutFlush<Result>(
        _ body: () throws(SessionStoreError) -> Result
    ) throws(SessionStoreError) -> Result {
        try publication.withLock { _ throws(SessionStoreError) in try body() }
    }

    /// Waits until no generation is on its way; `false` when the flusher has stopped.
    private func waitUntilIdle() -> Bool {
        monitor.wait { state -> Bool? in
            switch state.phase {
            case .idle: true
            case .flushing: nil
            case .stopped: false
            }
        }
    }

    /// Waits for compactions only where there are far too many runs, because the store is closing.
    func hurry() { monitor.withLock { $0.isHurried = true } }

    /// Ends the thread, after the generation that it is at.
    func stop() {
        monitor.withLock(notify: true) { $0.isEnding = true }
        _ = waitUntilIdle()
        monitor.withLock(notify: true) { $0.phase = .stopped }
    }

    /// Works until it is stopped or fails.
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

    /// Takes the first generation's tables from the system, so that the first batches need not; the later ones come from the
    /// supply.
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
        // First of all the writer must learn of it, or it would fill a generation that nobody empties.
        fail(error)
        monitor.withLock(notify: true) { $0.phase = .stopped }
    }

    /// Waits while more runs than may be open wait to be compacted; the writer then waits in turn.
    ///
    /// Not for compactions that do not run, as after an error of the disk: then the next flush finds the error.
    private func waitForCompactions() {
        var pauses = 0
        while isCrowded {
            pauses = backlog.isCompacting() ? 0 : pauses + 1
            guard pauses < Flusher.maximumPauses else { return }
            usleep(Flusher.pauseMicroseconds)
        }
    }

    /// Whether there are more runs than there may be now.
    private var isCrowded: Bool {
        let (isHurried, isEnding) = monitor.withLock { ($0.isHurried, $0.isEnding) }
        let bound = isHurried ? Flusher.hurriedFactor * maximumRuns : maximumRuns
        return !isEnding && backlog.waitingRuns() > bound
    }

    /// Brings the closed generation to the runs, and takes it out of the view.
    private func flush() throws(SessionStoreError) -> Generation {
        let begin = MonotonicTime.now
        guard let generation = view.value.withLock({ $0.flushing }) else {
            preconditionFailure("nothing to flush")
        }
        try translate("write a generation to sorted runs") { () throws(RocksDBError) in
            let paths = (
                index: files.path(of: .index), records: files.path(of: .records),
                starts: files.path(of: .starts)
            )
            let hasIndex = try SessionRuns(generation.sessions, store).write(
                records: paths.records,
                index: paths.index
            )
            let mark = membership.cover(generation)
            try StartRun.write(
                generation.starts.sortedNodes(),
                through: generation.lastSequence,
                mark,
                to: paths.starts,
                store
            )
            store.noteRecords()
            if hasIndex { try store.database.ingest(paths.index, into: store.index) }
            try store.database.ingest(paths.records, into: store.records)
            try store.database.ingest(paths.starts, into: store.starts)
        }
        try CommitWitness(files: files).write(generation.lastSequence)
        view.replaceSnapshot(Snapshot(of: store.database)) { $0.flushing = nil }
        journal.files.release(through: generation.lastSequence)
        membership.sync()
        metrics.flushSeconds.observe(begin.elapsedSeconds)
        return generation
    }

    /// Splits nodes of the tree of starts that were noted, between flushes; a bounded number at a time.
    ///
    /// One file brings all of it, so a query sees it as a whole or not at all. What is left is noted again. While the
    /// disk is short of room or compactions do not keep up, the next flush does it.
    private func splitStarts() throws(SessionStoreError) {
        guard !store.mergeGate.isShut, !isCrowded else { return }
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
    /// What is to be done at once, `nil` if nothing is.
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
