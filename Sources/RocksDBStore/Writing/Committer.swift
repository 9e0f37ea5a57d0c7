import PlayerSessions
import Synchronization

/// The thread that makes decided groups durable, in order, and completes their requests.
///
/// While it has nothing to commit it decides waiting requests itself, which saves waking the writer. It syncs each
/// group before it writes the next, so only the journal's last group can be unacknowledged.
// Unchecked: only this thread uses `sequence` and the journal, except for its `files`.
final class Committer: @unchecked Sendable {
    /// Idle time before the journal's end is marked.
    private static let quietMilliseconds = 5

    private let journal: Journal
    private let queue: WriteQueue
    private let writer: Writer
    private let view: SharedView
    private let metrics: StoreMetrics
    private let fail: (SessionStoreError) -> Void
    private let isStopped = Atomic(false)
    private var sequence: UInt64

    /// Makes a committer that continues after the journal's last group.
    init(
        journal: Journal,
        queue: WriteQueue,
        writer: Writer,
        view: SharedView,
        metrics: StoreMetrics,
        fail: @escaping (SessionStoreError) -> Void
    ) {
        self.journal = journal
        self.queue = queue
        self.writer = writer
        self.view = view
        self.metrics = metrics
        self.fail = fail
        sequence = journal.lastSequence
    }

    /// Ends the thread; call it after the writer has ended, which it does only when everything is committed.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        queue.wakeCommitter()
    }

    /// Works until it is stopped.
    func run() {
        while !isStopped.load(ordering: .acquiring) {
            switch queue.nextForCommitter() {
            case .decide(let requests, let group): writer.decide(requests, into: group)
            case .commit(let group): commit(group)
            case .gather(let nanoseconds): queue.waitForWork(nanoseconds: nanoseconds)
            case .nothing: wait()
            }
        }
    }

    private func wait() {
        guard !queue.waitForWork(milliseconds: Committer.quietMilliseconds) else { return }
        do throws(SessionStoreError) { try journal.mark() } catch { fail(error) }
        queue.waitForWork()
    }

    private func commit(_ group: CommitGroup) {
        metrics.groupEvents.observe(Double(group.events))
        let result = write(group)
        let requests = group.removeAll()
        for request in requests { request.completion(result) }
        queue.giveBack(group, answered: requests.count)
    }

    /// Writes a group to the journal and syncs it.
    ///
    /// On success everything the group's requests say is durable: their changes and, because groups are synced in
    /// order, what they repeat of earlier groups.
    private func write(_ group: CommitGroup) -> Result<Void, SessionStoreError> {
        if let refusal = queue.refusal, refusal.kind == .failed { return .failure(refusal) }
        // A group without changes is not journaled and takes no sequence.
        guard !group.changes.isEmpty else { return .success(()) }
        sequence += 1
        let bytes = JournalRecord.bytes(ofPayload: group.changes.payloadBytes)
        view.value.withLock { _ in group.memtable?.noteGroup(sequence, journalBytes: bytes) }
        do throws(SessionStoreError) {
            let begin = MonotonicTime.now
            try journal.append(&group.changes, sequence: sequence)
            try journal.sync()
            metrics.syncSeconds.observe(begin.elapsedSeconds)
            return .success(())
        } catch {
            fail(error)
            return .failure(error)
        }
    }
}
