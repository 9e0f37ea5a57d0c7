import PlayerSessions
import RocksDB
import Synchronization

/// The one thread that decides: takes what waits, merges it, journals what changed, syncs once, then answers.
final class Writer: @unchecked Sendable {  // All but `run` happens on the writer's own thread.
    private let store: StoreDatabase
    private let journal: Journal
    private let queue: WriteQueue
    private let flusher: Flusher
    private let view: SharedView
    private let retention: Retention
    private let clock: WallClock
    private let metrics: StoreMetrics
    private let makeGeneration: () throws(SessionStoreError) -> Generation
    private let fail: (SessionStoreError) -> Void

    private var sequence: UInt64
    private var group = JournalGroup()
    private var lookup = RecordLookup()
    private var places: [Place] = []

    /// Where the record of an event was found before the group changed anything.
    private enum Place: BitwiseCopyable {
        case active(HotSessions.Reference)
        case flushing(HotSessions.Reference)
        /// In the runs or nowhere: the number of its look-up.
        case runs(Int)
    }

    /// Makes a writer that continues after the journal's last group.
    init(
        store: StoreDatabase,
        journal: Journal,
        queue: WriteQueue,
        flusher: Flusher,
        view: SharedView,
        retention: Retention,
        clock: WallClock,
        metrics: StoreMetrics,
        makeGeneration: @escaping () throws(SessionStoreError) -> Generation,
        fail: @escaping (SessionStoreError) -> Void
    ) {
        self.store = store
        self.journal = journal
        self.queue = queue
        self.flusher = flusher
        self.view = view
        self.retention = retention
        self.clock = clock
        self.metrics = metrics
        sequence = journal.lastSequence
        self.makeGeneration = makeGeneration
        self.fail = fail
    }

    /// Works until the queue is closed and empty.
    func run() {
        while let work = nextWork() {
            switch work {
            case .rotate(let waiting):
                let flushes = flusher.closeActive(makeGeneration)
                for done in waiting { done(flushes) }
            case .group(let requests): process(requests)
            }
        }
    }

    private func nextWork() -> WriteQueue.Work? {
        if queue.isEmpty {
            do throws(SessionStoreError) { try journal.mark() } catch { fail(error) }
        }
        return queue.next()
    }

    private func process(_ requests: [WriteQueue.Request]) {
        let result: Result<Void, SessionStoreError>
        if let refusal = queue.refusal, refusal.kind == .failed {
            result = .failure(refusal)
        } else {
            do throws(SessionStoreError) {
                try commit(requests)
                result = .success(())
            } catch {
                fail(error)
                result = .failure(error)
            }
        }
        for request in requests { request.completion(result) }
        if case .success = result, view.value.withLock({ $0.active.isFull }) {
            flusher.closeActive(makeGeneration)
        }
    }

    /// Decides, journals and syncs a group; when it returns, the group is durable.
    private func commit(_ requests: [WriteQueue.Request]) throws(SessionStoreError) {
        let (active, flushing, membership) = view.value.withLock { ($0.active, $0.flushing, $0.membership) }
        // Before the look-ups: what they find from before a purge must not be taken away after it.
        let forgotten = store.purge.forgottenThrough
        metrics.groupEvents.observe(Double(requests.reduce(0) { $0 + $1.batch.count }))
        resolve(requests, active, flushing, membership)
        try lookup.run(in: store, membership)
        metrics.observe(lookup.outcomes)
        decide(requests, active, flushing, forgotten)
        guard !group.isEmpty else { return }
        let begin = MonotonicTime.now
        try journal.append(&group, sequence: sequence)
        try journal.sync()
        metrics.syncSeconds.observe(begin.elapsedSeconds)
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
        _ active: Generation,
        _ flushing: Generation?,
        _ forgotten: Int64
    ) {
        group.removeAll()
        let horizon = max(retention.horizon(at: clock.now)?.microseconds ?? .min, forgotten)
        var index = 0
        for request in requests {
            view.value.withLock { _ in
                request.batch.forEach { event in
                    decide(event, places[index], active, flushing, horizon, forgotten)
                    index += 1
                }
            }
        }
        // A group that changed nothing has no place in the journal, and so no number.
        guard !group.isEmpty else { return }
        sequence += 1
        active.noteGroup(sequence, journalBytes: JournalRecord.bytes(ofPayload: group.payloadBytes))
    }

    @inline(__always)
    private func decide(
        _ event: PackedEvent,
        _ place: Place,
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
        // An event of the same group may have brought the session here since.
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
        apply(event, before, after, reference, indexedEnd, active, forgotten)
    }

    private func apply(
        _ event: PackedEvent,
        _ before: StoredRecord,
        _ after: StoredRecord,
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
        group.append(entry)
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
