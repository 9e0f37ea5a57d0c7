import Glibc
import Synchronization

/// Where merges wait while the store is short of room and still writes what it has accepted.
///
/// A merge can fill the disk within moments, and fails without harm; a failed write of the journal or of a flush ends
/// the process.
final class MergeGate: Sendable {
    private static let pauseMicroseconds: UInt32 = 20_000

    private let isClosed = Atomic(false)

    /// Returns when the gate is open; called by merges for each entry, and costs a load while it is.
    @inline(__always)
    func pass() {
        while isClosed.load(ordering: .relaxed) { usleep(MergeGate.pauseMicroseconds) }
    }

    /// Whether merges wait.
    var isShut: Bool { isClosed.load(ordering: .relaxed) }

    /// Holds merges, or lets them go on.
    func set(isClosed: Bool) {
        self.isClosed.store(isClosed, ordering: .relaxed)
    }
}

/// How many sorted runs wait to be compacted, and whether a compaction runs.
struct RunBacklog: Sendable {
    /// The most of a column family.
    var waitingRuns: @Sendable () -> Int
    /// Whether there may be fewer soon.
    var isCompacting: @Sendable () -> Bool
}

extension RunBacklog {
    /// Asks a database.
    init(of store: StoreDatabase) {
        self.init(waitingRuns: { store.waitingRuns }, isCompacting: { store.isCompacting })
    }
}
