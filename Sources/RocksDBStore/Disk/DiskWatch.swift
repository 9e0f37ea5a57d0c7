import Logging
import PlayerSessions
import Synchronization

/// The thread that watches the free space on the store's disk and RocksDB's compactions.
///
/// Below a watermark batches are refused, before a write fails for lack of space, which would end the process; they are
/// accepted again when there is space. Failed compactions are reported until they succeed.
final class DiskWatch: Sendable {
    /// The interval between checks.
    ///
    /// A fast disk takes a few dozen MiB in that time, and a check costs some microseconds.
    private static let milliseconds = 100
    /// The number of consecutive checks with nothing to write after which compactions go on despite little space.
    private static let idleLooks = 3
    /// The most consecutive checks at which compactions are held, since the writer itself may wait for them.
    private static let heldLooksMaximum = 100

    /// The number of consecutive checks with a complaint after which it is logged.
    private static let reportedLooks = 10

    private struct Rules {
        var room = FreeSpaceRule()
        var merges: CompactionRule
        var idleLooks = 0
        var heldLooks = 0
        var complaintLooks = 0
        /// Whether the current complaint was logged.
        var hasReported = false
    }

    /// The result of a check, for readers that must not wait for a disk.
    private struct Finding {
        var freeBytes = 0
        /// Why batches are refused or compactions fail.
        var complaint: String?
    }

    /// The input of a check.
    private struct Sight {
        let freeBytes: Int
        /// The bytes that must stay free.
        let watermark: Int
        /// The bytes that must be free for a compaction of the largest column family.
        let mergeBytes: Int
        let isWriting: Bool
    }

    private let path: String
    private let store: StoreDatabase
    private let view: SharedView
    private let queue: WriteQueue
    private let maximumRuns: Int
    private let logger: Logger
    /// Held for a whole check.
    private let rules: Mutex<Rules>
    private let finding = Mutex(Finding())
    private let isStopped = Monitor(false)

    init(
        path: String,
        store: StoreDatabase,
        view: SharedView,
        queue: WriteQueue,
        maximumRuns: Int,
        logger: Logger
    ) {
        self.path = path
        self.store = store
        self.view = view
        self.queue = queue
        self.maximumRuns = maximumRuns
        self.logger = logger
        rules = Mutex(Rules(merges: CompactionRule(errors: store.compactionErrors)))
    }

    /// The free bytes at the last check.
    var freeBytes: Int { finding.withLock { $0.freeBytes } }

    /// Why batches are refused, or what is wrong with compactions; `nil` if all is well.
    var complaint: String? { finding.withLock { $0.complaint } }

    /// Whether a compaction of the largest column family would fit on the disk now.
    var hasRoomForMerge: Bool { see().map { $0.freeBytes >= $0.mergeBytes } ?? true }

    /// Checks until it is stopped.
    func run() {
        while isStopped.wait(milliseconds: DiskWatch.milliseconds, for: { $0 ? true : nil }) == nil { look() }
        store.compactionGate.set(isClosed: false)
    }

    /// Ends the thread soon.
    func stop() {
        isStopped.withLock(notify: true) { $0 = true }
    }

    private func see() -> Sight? {
        guard let space = DiskSpace(of: path) else { return nil }
        let (unflushedBytes, isFlushing) = view.value.withLock { view in
            (view.memtables.reduce(0) { $0 + $1.unflushedBytes }, view.flushing != nil)
        }
        let watermark = FreeSpaceRule.watermark(unflushedBytes: unflushedBytes)
        return Sight(
            freeBytes: space.freeBytes,
            watermark: watermark,
            mergeBytes: watermark + store.largestCompactionBytes,
            isWriting: isFlushing || queue.waitingEvents > 0
        )
    }

    /// Checks the disk once and acts on the result.
    func look() {
        guard let sight = see() else { return }
        rules.withLock { rules in
            let before = rules
            rules.room.observe(freeBytes: sight.freeBytes, watermark: sight.watermark)
            rules.merges.observe(
                errors: store.compactionErrors,
                freeBytes: sight.freeBytes,
                neededBytes: sight.mergeBytes,
                isCompactionDue: before.merges.hasFailed && store.isCompactionDue
            )
            if rules.merges.isPaused != before.merges.isPaused { pauseMerges(rules.merges.isPaused) }
            rules.idleLooks = sight.isWriting ? 0 : rules.idleLooks + 1
            rules.heldLooks = rules.room.isShort ? rules.heldLooks + 1 : 0
            store.compactionGate.set(
                isClosed: rules.room.isShort && rules.idleLooks < DiskWatch.idleLooks
                    && rules.heldLooks <= DiskWatch.heldLooksMaximum
            )
            let refusal = refusal(rules, sight)
            queue.setShortage(refusal)
            let complaint =
                refusal?.reason ?? (rules.merges.hasFailed ? DiskWatch.failedMerges(sight) : nil)
            finding.withLock { $0 = Finding(freeBytes: sight.freeBytes, complaint: complaint) }
            report(complaint, &rules, sight)
        }
    }

    private func pauseMerges(_ isPaused: Bool) {
        // If RocksDB does not accept this, compactions fail again and the next check sees it.
        if isPaused { try? store.database.pauseCompactions() } else { store.database.resumeCompactions() }
    }

    /// Returns why batches must be refused, `nil` if they are accepted.
    private func refusal(_ rules: Rules, _ sight: Sight) -> SessionStoreError? {
        let reason: String
        if rules.room.isShort {
            let needed = rules.room.neededBytes(watermark: sight.watermark)
            reason =
                "the store's disk has \(sight.freeBytes >> 20) MiB left, and \(needed >> 20) MiB must be free again"
        } else if rules.merges.isPaused, store.waitingRuns > maximumRuns {
            reason = DiskWatch.failedMerges(sight)
        } else {
            return nil
        }
        return SessionStoreError(
            .overloaded,
            operation: "store a batch",
            reason: reason,
            hint: "free some space on the disk; the store then goes on by itself"
        )
    }

    private static func failedMerges(_ sight: Sight) -> String {
        guard sight.freeBytes < sight.mergeBytes else {
            return "sorted runs could not be merged; RocksDB tries again, and db/LOG has the reason"
        }
        return "sorted runs cannot be merged: the store's disk has \(sight.freeBytes >> 20) MiB left, "
            + "and \(sight.mergeBytes >> 20) MiB must be free for that"
    }

    /// Logs a complaint once it has lasted for a second, and its end; compactions often take space for moments only.
    private func report(_ complaint: String?, _ rules: inout Rules, _ sight: Sight) {
        guard let complaint else {
            rules.complaintLooks = 0
            guard rules.hasReported else { return }
            rules.hasReported = false
            return logger.log(
                .info,
                "the store's disk is well again",
                ["path": path, "free_mib": sight.freeBytes >> 20]
            )
        }
        rules.complaintLooks += 1
        guard rules.complaintLooks >= DiskWatch.reportedLooks, !rules.hasReported else { return }
        rules.hasReported = true
        logger.log(.warning, "the store's disk needs room", ["path": path, "reason": complaint])
    }
}
