import PlayerSessions
import RocksDB
import Synchronization

/// Decides requests: merges their events into the memtable, and adds the changes to the open group.
///
/// Its own thread decides while the committer syncs, and closes memtables; otherwise the committer calls it.
// Unchecked: the queue lets only one thread decide at a time.
final class Writer: @unchecked Sendable {
    private let store: StoreDatabase
    private let queue: WriteQueue
    private let flusher: Flusher
    private let view: SharedView
    private let retention: Retention
    private let clock: WallClock
    private let metrics: StoreMetrics
    private let fail: (SessionStoreError) -> Void

    /// Whether the flusher was asked to prepare the next memtable.
    private var hasAskedForNext = false
    private var lookup = RecordLookup()
    private var places: [Place] = []

    /// Where an event's record was found, before any of the requests were merged.
    private enum Place: BitwiseCopyable {
        case active(HotSessions.Reference)
        case flushing(HotSessions.Reference)
        /// In the runs or nowhere: the number of its lookup.
        case runs(Int)
    }

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

    /// Works until the queue is closed and everything is committed.
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

    /// Decides requests that the queue has added to a group.
    func decide(_ requests: [WriteQueue.Request], into group: CommitGroup) {
        // After a failure the committer fails every group, and its requests must not change anything.
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

    /// Closes the active memtable, all of which is committed; returns the argument for `Flusher.waitUntilFlushed`.
    private func closeActive() -> Int {
        // After a failure it may hold changes that are not in the journal, and must not reach the runs.
        guard queue.refusal?.kind != .failed else { return .max }
        hasAskedForNext = false
        return flusher.closeActive()
    }

    private func merge(
        _ requests: [WriteQueue.Request],
        into group: CommitGroup
    ) throws(SessionStoreError) {
        // If the runs hold no records, there are no lookups for the filter to save.
        let hasRecords = store.hasRecords
        let (active, flushing, membership) = view.value.withLock {
            ($0.active, $0.flushing, hasRecords ? $0.membership : nil)
        }
        // Read before the lookups: a start that they find, and a purge then removes, must not be removed again.
        let forgotten = store.purge.forgottenThrough
        resolve(requests, active, flushing, membership)
        try lookup.run(in: store, membership)
        metrics.observe(lookup.outcomes)
        group.memtable = active
        decide(requests, into: group, active, flushing, forgotten)
    }

    /// Finds the place of every event's record, and collects those that are not in memory for the lookup.
    private func resolve(
        _ requests: [WriteQueue.Request],
        _ active: Memtable,
        _ flushing: Memtable?,
        _ membership: MembershipFilter?
    ) {
        places.removeAll(keepingCapacity: true)
        lookup.removeAll()
        for request in requests {
            // Prefetching overlaps the cache misses of a request's events.
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

    /// Merges every event; releases the lock between requests to let queries in.
    private func decide(
        _ requests: [WriteQueue.Request],
        into group: CommitGroup,
        _ active: Memtable,
        _ flushing: Memtable?,
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
        _ active: Memtable,
        _ flushing: Memtable?,
        _ horizon: Int64,
        _ forgotten: Int64
    ) {
        guard event.timestamp > horizon else { return }
        var reference: HotSessions.Reference = 0
        let before: StoredRecord
        var indexedEnd: Int64
        switch place {
        case .active(let found): reference = found
        // An earlier event of these requests may have inserted the session meanwhile.
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
            case .active: preconditionFailure("a record left the active memtable")
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
        _ active: Memtable,
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
