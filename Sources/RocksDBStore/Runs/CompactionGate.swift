import Glibc
import Synchronization

/// Holds compactions while the disk is short of space and the store is still writing what it has accepted.
///
/// A compaction can fill the disk within moments, and fails without harm; a failed write of the journal or of a flush
/// ends the process.
final class CompactionGate: Sendable {
    private static let pauseMicroseconds: UInt32 = 20_000

    private let isClosed = Atomic(false)

    /// Waits until the gate is open; compactions call it for each entry, at the cost of one atomic load.
    @inline(__always)
    func pass() {
        while isClosed.load(ordering: .relaxed) { usleep(CompactionGate.pauseMicroseconds) }
    }

    /// Whether compactions are held.
    var isShut: Bool { isClosed.load(ordering: .relaxed) }

    /// Holds or releases compactions.
    func set(isClosed: Bool) {
        self.isClosed.store(isClosed, ordering: .relaxed)
    }
}

/// How many sorted runs await compaction, and whether a compaction is running.
struct RunBacklog: Sendable {
    /// The number in the column family that has the most.
    var waitingRuns: @Sendable () -> Int
    /// Whether the number may soon fall.
    var isCompacting: @Sendable () -> Bool
}

extension RunBacklog {
    /// Reads both from a database.
    init(of store: StoreDatabase) {
        self.init(waitingRuns: { store.waitingRuns }, isCompacting: { store.isCompacting })
    }
}
