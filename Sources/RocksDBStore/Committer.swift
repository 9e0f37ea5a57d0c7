import PlayerSessions
import Synchronization

/// The thread that makes decided groups durable, in their order, and answers their requests.
///
/// It syncs each group before it writes the next one, so that only the journal's last group can be one that was not
/// acknowledged.
// Unchecked: the journal and the sequence are this thread's alone.
final class Committer: @unchecked Sendable {
    /// After so long without a group it marks the journal's end.
    private static let quietMilliseconds = 5

    private let journal: Journal
    private let queue: WriteQueue
    private let view: SharedView
    private let metrics: StoreMetrics
    private let fail: (SessionStoreError) -> Void
    private let isStopped = Atomic(false)
    private var sequence: UInt64

    /// Makes a committer that continues after the journal's last group.
    init(
        journal: Journal,
        queue: WriteQueue,
        view: SharedView,
        metrics: StoreMetrics,
        fail: @escaping (SessionStoreError) -> Void
    ) {
        self.journal = journal
        self.queue = queue
        self.view = view
        self.metrics = metrics
        self.fail = fail
        sequence = journal.lastSequence
    }

    /// Ends the thread; to be called when the writer has ended, which it does when everything is committed.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        queue.wakeCommitter()
    }

    /// Works until it is stopped.
    func run() {
        while !isStopped.load(ordering: .acquiring) {
            if let group = queue.takeGroup() {
                commit(group)
            } else if !queue.waitForGroup(milliseconds: Committer.quietMilliseconds) {
                do throws(SessionStoreError) { try journal.mark() } catch { fail(error) }
                queue.waitForGroup()
            }
        }
    }

    private func commit(_ group: CommitGroup) {
        metrics.groupEvents.observe(Double(group.events))
        let result = write(group)
        let requests = group.removeAll()
        for request in requests { request.completion(result) }
        queue.giveBack(group)
    }

    /// When it returns success, everything that the group's requests say is durable: what they change and, because groups
    /// are synced in their order, what they repeat.
    private func write(_ group: CommitGroup) -> Result<Void, SessionStoreError> {
        if let refusal = queue.refusal, refusal.kind == .failed { return .failure(refusal) }
        // A group that changes nothing has no place in the journal, and so no number.
        guard !group.changes.isEmpty else { return .success(()) }
        sequence += 1
        let bytes = JournalRecord.bytes(ofPayload: group.changes.payloadBytes)
        view.value.withLock { _ in group.generation?.noteGroup(sequence, journalBytes: bytes) }
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
