import Glibc
import Logging
import PlayerSessions
import RocksDB
import Synchronization

/// The membership filter of a store and its log, which are made, grown and rebuilt on a thread of their own.
///
/// It receives every memtable before that reaches the runs. A session that is in the runs, and in no memtable of the
/// view, is in the view's filter. See decision 0028.
final class Membership: Sendable {
    /// The thread's work.
    enum Job {
        /// Make a filter from the log, which must have this mark.
        case make(MembershipMark)
        /// Make a new log from the runs.
        case rebuild
    }

    struct State {
        /// The log of all sessions in the runs, if there is one.
        var log: MembershipLog?
        /// The filter in the view.
        var filter: MembershipFilter?
        /// The filter formerly in the view, kept so that the writer does not have to free its memory.
        var retired: MembershipFilter?
        /// A new log under construction.
        var successor: MembershipLog?
        var job: Job?
        var isStopped = false
        /// Whether there are too many sessions for the memory that a filter may take.
        var isGivenUp = false
        /// How many flushes to wait before a log that could not be made or written is made again.
        var patience = 0
        /// Hashes in the last log made from the runs, when it was complete.
        var rebuiltEntries = 0
    }

    let files: StoreFiles
    let store: StoreDatabase
    let view: SharedView
    let logger: Logger
    let bounds: MembershipBounds
    /// The seed of all hashes.
    let seed: UInt64
    let state: Monitor<State>
    private let heldBytes = Atomic(0)

    /// Opens the log that belongs to runs committed up to `committed`, or schedules a rebuild; call it before any
    /// flush.
    init(
        files: StoreFiles,
        store: StoreDatabase,
        view: SharedView,
        committed: UInt64,
        bounds: MembershipBounds,
        logger: Logger
    ) throws(SessionStoreError) {
        self.files = files
        self.store = store
        self.view = view
        self.logger = logger
        self.bounds = bounds
        files.removeMembershipSuccessor()
        var state = State()
        if let mark = try MembershipMark.read(store), mark.sequence == committed,
            let log = MembershipLog.open(files.membershipPath, mark)
        {
            state.log = log
            state.job = .make(mark)
            seed = log.seed
        } else {
            var random = SystemRandomNumberGenerator()
            seed = random.next()
            state.job = .rebuild
        }
        self.state = Monitor(state)
        // With no records to read, an empty filter is complete.
        if !store.hasRecords { begin() }
    }

    /// Begins with an empty filter and an empty log, for runs without records.
    private func begin() {
        let failure = state.withLock { state -> SessionStoreError? in
            do throws(SessionStoreError) {
                let log = try makeLog(files.membershipPath)
                let filter = try makeFilter(sessions: 0)
                state.log = log
                state.job = nil
                publish(filter, &state)
                return nil
            } catch {
                giveUpLog(&state)
                return error
            }
        }
        if let failure { warn(failure) }
    }

    func makeLog(_ path: String) throws(SessionStoreError) -> MembershipLog {
        var random = SystemRandomNumberGenerator()
        return try MembershipLog.create(path, seed: seed, salt: random.next())
    }

    /// Returns an empty filter with room for twice as many sessions.
    func makeFilter(sessions: Int) throws(SessionStoreError) -> MembershipFilter {
        try MembershipFilter(
            capacity: max(bounds.leastCapacity, 2 * sessions),
            maximumBytes: bounds.maximumBytes,
            seed: seed
        )
    }

    /// How many sessions the runs hold, as RocksDB estimates it: too many if a session is in several runs.
    var estimatedSessions: Int {
        Int(clamping: store.database.property("rocksdb.estimate-num-keys", of: store.records) ?? 0)
    }

    /// The bytes that the filter takes, including one that is retired or being made.
    var bytes: Int { heldBytes.load(ordering: .relaxed) }

    /// Puts a filter that holds everything in the log into the view, or removes the filter.
    func publish(_ filter: MembershipFilter?, _ state: inout State) {
        state.retired = state.filter
        state.filter = filter
        view.value.withLock { $0.membership = filter }
        noteMemory(state)
    }

    /// Subtracts the memory of the filters, and of one that is being made, from the cache.
    func noteMemory(_ state: State, making: Int = 0) {
        let bytes = (state.filter?.bytes ?? 0) + (state.retired?.bytes ?? 0) + making
        heldBytes.store(bytes, ordering: .relaxed)
        store.leaveToFilter(bytes: bytes)
    }

    /// Inserts a memtable's sessions and appends them to the log; call it before its runs are ingested.
    ///
    /// Returns the mark to commit with them, `nil` if there is no log.
    func cover(_ memtable: Memtable) -> MembershipMark? {
        let (mark, failure) = state.withLock(notify: true) { state -> (MembershipMark?, SessionStoreError?) in
            if state.retired != nil {
                state.retired = nil
                noteMemory(state)
            }
            guard !state.isGivenUp else { return (nil, nil) }
            var failure: SessionStoreError?
            if state.filter != nil || state.log != nil || state.successor != nil {
                let hashes = hashes(of: memtable.sessions)
                state.filter?.insert(hashes.span)
                do throws(SessionStoreError) {
                    try state.successor?.append(hashes)
                    try state.log?.append(hashes)
                } catch {
                    failure = error
                    giveUpLog(&state)
                }
            }
            look(&state)
            return (state.log?.mark(memtable.lastSequence), failure)
        }
        if let failure { warn(failure) }
        return mark
    }

    /// Makes what `cover` appended durable, which saves a rebuild after a power loss.
    func sync() {
        let failure = state.withLock { state -> SessionStoreError? in
            do throws(SessionStoreError) {
                try state.log?.sync()
                return nil
            } catch {
                giveUpLog(&state)
                return error
            }
        }
        if let failure { warn(failure) }
    }

    private func hashes(of sessions: HotSessions) -> [UInt64] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(sessions.count)
        sessions.forEachReference { reference in
            hashes.append(unsafe KeyHash.membership(sessions.record(reference).key, seed))
        }
        return hashes
    }

    /// Schedules a job if the filter or the log needs one.
    private func look(_ state: inout State) {
        if let filter = state.filter, filter.isOverfull, !canGrow(filter) { return giveUp(&state) }
        guard state.job == nil else { return }
        guard let log = state.log else {
            state.patience -= 1
            if state.patience <= 0 { state.job = .rebuild }
            return
        }
        let most = bounds.maximumRedundancy * estimatedSessions + bounds.spareEntries
        if log.entries > max(most, 2 * state.rebuiltEntries) {
            state.job = .rebuild
        } else if let filter = state.filter, filter.isFull, canGrow(filter) {
            state.job = .make(log.mark(0))
        }
    }

    /// Returns whether a larger filter may be made.
    func canGrow(_ filter: MembershipFilter) -> Bool {
        let wanted = MembershipFilter.bytes(capacity: 2 * filter.capacity)
        return filter.bytes < MembershipFilter.bytes(wanted: wanted, maximum: bounds.maximumBytes)
    }

    /// Drops logs that cannot be written or read; a filter in the view stays, and flushes keep inserting into it.
    func giveUpLog(_ state: inout State) {
        state.log?.remove()
        state.successor?.remove()
        state.log = nil
        state.successor = nil
        state.job = nil
        state.patience = bounds.patience
    }

    /// Drops the filter until the store is opened again.
    func giveUp(_ state: inout State) {
        giveUpLog(&state)
        publish(nil, &state)
        state.isGivenUp = true
        logger.log(
            .info,
            "too many sessions for a membership filter; each look-up asks the sorted runs",
            ["path": files.path, "hint": "raise block_cache_megabytes, of which it may take half"]
        )
    }

    func warn(_ error: SessionStoreError) {
        logger.log(
            .warning,
            "the membership filter's log is given up for now",
            ["path": files.path, "error": "\(error)"]
        )
    }
}
