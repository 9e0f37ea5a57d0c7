import PlayerSessions
import RocksDB
import Synchronization

/// Decides: merges what waits, and adds what changed to the open group.
///
/// Its own thread decides while the committer syncs, and closes generations; otherwise the committer calls it.
// Unchecked: the queue lets one thread decide at a time.
final class Writer: @unchecked Sendable {
    private let store: StoreDatabase
    private let queue: WriteQueue
    private let flusher: Flusher
    private let view: SharedView
    private let retention: Retention
    private let clock: WallClock
    private let metrics: StoreMetrics
    private let fail: (SessionStoreError) -> Void

    /// Whether the flusher knows that the next generation will be needed.
    private var hasAskedForNext = false
    private var lookup = RecordLookup()
    private var places: [Place] = []

    /// Where the record of an event was found before its requests changed anything.
    private enum Place: BitwiseCopyable {
        case active(HotSessions.Reference)
        case flushing(HotSessions.Reference)
        /// In the runs or nowhere: the number of its look-up.
        case runs(Int)
    }

    /// Makes a writer; `run` is its thread's work.
    init(
        store: StoreDatabase,
        queue: WriteQueue,
        flusher: Flusher,
        view: SharedView,
        retention: Retention,
        clock: WallClock,
        metrics: StoreMetrics,
        fail: @escaping (SessionStoreError) -> Void
    ) {
        self.store = store
        self.queue = queue
        self.flusher = flusher
        self.view = view
        self.retention = retention
        self.clock = clock
        self.metrics = metrics
        self.fail = fail
    }

    /// Works until the queue is closed and empty.
    func run() {
        while let work = queue.nextForWriter() {
            switch work {
            case .decide(let requests, let group): decide(requests, into: group)
            case .rotate(let waiting):
                let flushes = closeActive()
                queue.finishDeciding()
                for done in waiting { done(flushes) }
            }
        }
    }

    /// Decides requests that the queue has put into a group.
    func decide(_ requests: [WriteQueue.Request], into group: CommitGroup) {
        // Once the store has failed the committer refuses what comes, and it must not change anything.
        if queue.refusal?.kind != .failed {
            do throws(SessionStoreError) { try merge(requests, into: group) } catch { fail(error) }
        }
        let (isHalfFull, isFull) = view.value.withLock { ($0.active.isHalfFull, $0.active.isFull) }
        if isHalfFull, !hasAskedForNext {
            hasAskedForNext = true
            flusher.prepareNext()
        }
        queue.finishDeciding(isFull: isFull)
    }

    /// Closes the active generation, everything in which was committed; returns what `Flusher.waitUntilFlushed` takes.
    private func closeActive() -> Int {
        // After a failure it may hold what is not in the journal, and must not reach the runs.
        guard queue.refusal?.kind != .failed else { return .max }
        hasAskedForNext = false
        return flusher.closeActive()
    }

    private func merge(
        _ requests: [WriteQueue.Request],
        into group: CommitGroup
    ) throws(SessionStoreError) {
        // In a store without runs there is nothing that a filter could spare.
        let hasRecords = store.hasRecords
        let (active, flushing, membership) = view.value.withLock {
            ($0.active, $0.flushing, hasRecords ? $0.membership : nil)
        }
        // Before the look-ups: what they find from before a purge must not be taken away after it.
        let forgotten = store.purge.forgottenThrough
        resolve(requests, active, flushing, membership)
        try lookup.run(in: store, membership)
        metrics.observe(lookup.outcomes)
        group.generation = active
        decide(requests, into: group, active, flushing, forgotten)
    }

    /// Finds the place of every event's record; those that are not in memory are to be looked up.
    private func resolve(
        _ requests: [WriteQueue.Request],
        _ active: Generation,
        _ flushing: Generation?,
        _ membership: MembershipFilter?
    ) {
        places.removeAll(keepingCapacity: true)
        lookup.removeAll()
        for request in requests {
            // The misses of a request's events overlap instead of following one another.
            request.batch.forEach { event in
                active.sessions.prefetchSlot(event.sessionHash)
                active.sessions.players.prefetchSlot(event.playerHash)
                flushing?.sessions.prefetchSlot(event.sessionHash)
            }
            request.batch.forEach { event in
                active.sessions.prefetchRecord(event.sessionHash)
                flushing?.sessions.prefetchRecord(event.sessionHash)
            }
            request.batch.forEach { event in
                let inActive = unsafe active.sessions.find(event.sessionHash, event.key)
                if inActive != 0 { return places.append(.active(inActive)) }
                let inFlushing = unsafe flushing?.sessions.find(event.sessionHash, event.key) ?? 0
                if inFlushing != 0 { return places.append(.flushing(inFlushing)) }
                places.append(.runs(lookup.append(event, membership)))
            }
        }
    }

    /// Merges every event; queries get a turn between requests.
    private func decide(
        _ requests: [WriteQueue.Request],
        into group: CommitGroup,
        _ active: Generation,
        _ flushing: Generation?,
        _ forgotten: Int64
    ) {
        let horizon = max(retention.horizon(at: clock.now)?.microseconds ?? .min, forgotten)
        var index = 0
        for request in requests {
            view.value.withLock { _ in
                request.batch.forEach { event in
                    decide(event, places[index], into: group, active, flushing, horizon, forgotten)
                    index += 1
                }
            }
        }
    }

    @inline(__always)
    private func decide(
        _ event: PackedEvent,
        _ place: Place,
        into group: CommitGroup,
        _ active: Generation,
        _ flushing: Generation?,
        _ horizon: Int64,
        _ forgotten: Int64
    ) {
        guard event.timestamp > horizon else { return }
        var reference: HotSessions.Reference = 0
        let before: StoredRecord
        var indexedEnd: Int64
        switch place {
        case .active(let found): reference = found
        // An event of the same requests may have brought the session here since.
        default: reference = unsafe active.sessions.find(event.sessionHash, event.key)
        }
        if reference != 0 {
            let record = active.sessions.record(reference)
            before = record.value
            indexedEnd = record.indexedEnd
        } else {
            switch place {
            case .flushing(let found): before = flushing?.sessions.record(found).value ?? .empty
            case .runs(let number): before = lookup.record(number)
            case .active: preconditionFailure("a record left the active generation")
            }
            indexedEnd = before.indexEnd
        }

        var after = before
        if horizon != .min { after.forget(notAfter: horizon) }
        let isChanged =
            event.country != 0
            ? after.merge(start: event.timestamp, country: event.country) : after.merge(end: event.timestamp)
        guard isChanged else { return }
        apply(event, before, after, into: group, reference, indexedEnd, active, forgotten)
    }

    private func apply(
        _ event: PackedEvent,
        _ before: StoredRecord,
        _ after: StoredRecord,
        into group: CommitGroup,
        _ reference: HotSessions.Reference,
        _ indexedEnd: Int64,
        _ active: Generation,
        _ forgotten: Int64
    ) {
        var entry = unsafe JournalEntry(
            key: event.key,
            playerLength: event.playerLength,
            record: after,
            addsStart: false,
            removedStart: nil,
            indexedEnd: indexedEnd
        )
        if before.start != after.start || before.country != after.country {
            entry.addsStart = after.hasStart
            if before.hasStart, before.start > forgotten {
                entry.removedStart = (before.start, before.country)
            }
        }
        group.changes.append(entry)
        if reference != 0 {
            active.sessions.update(reference, to: after)
        } else {
            _ = unsafe active.sessions.insert(
                event.sessionHash,
                playerHash: event.playerHash,
                key: event.key,
                playerLength: event.playerLength,
                value: after,
                indexedEnd: indexedEnd
            )
        }
        active.count(entry)
    }
}
