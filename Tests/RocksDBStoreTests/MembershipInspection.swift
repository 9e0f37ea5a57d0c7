import Foundation
import Logging
import Metrics
import PlayerSessions
import RocksDB
import SessionStoreTesting

@testable import RocksDBStore

extension MembershipBounds {
    /// Bounds that a few hundred sessions reach, all of them.
    static var small: MembershipBounds {
        var bounds = MembershipBounds(cacheBytes: 1 << 20)
        bounds.leastCapacity = 50
        bounds.maximumRedundancy = 2
        bounds.spareEntries = 100
        bounds.patience = 2
        return bounds
    }
}

extension RocksDBStore {
    /// Opens a store whose membership filter grows, and whose log is made anew, after few sessions.
    convenience init(
        at directory: TemporaryDirectory,
        hotSessions: Int,
        clock: ManualClock,
        retention: Retention = .forever,
        bounds: MembershipBounds = .small,
        metrics: MetricsRegistry = MetricsRegistry()
    ) throws {
        var options = Options(
            path: directory.path,
            retention: retention,
            clock: clock.wallClock,
            hotSessions: hotSessions,
            blockCacheBytes: 8 << 20
        )
        options.membership = bounds
        options.sweeps = .never
        options.steadyClock = SteadyClock { clock.elapsedMicroseconds }
        try self.init(options, metrics: metrics, logger: .silent)
    }

    var membership: Membership? { opened(\.membership) }

    /// Waits until the membership's thread has nothing to do.
    func settleMembership() {
        guard let state = membership?.state else { return }
        // The type tells this one from the one that waits for a time.
        let isSettled: Bool = state.wait { $0.job == nil ? true : nil }
        precondition(isSettled)
    }

    /// How many sessions the runs hold that neither a memtable nor the filter of a later view knows; `nil` where the
    /// view has no filter.
    func unknownSessions() throws -> Int? {
        guard let core = opened({ $0 }) else { return nil }
        let snapshot = Snapshot(of: core.store.database)
        let (memtables, filter) = core.view.value.withLock { ($0.memtables, $0.membership) }
        guard let filter else { return nil }
        var cursor = Cursor(core.store.database, core.store.records, snapshot: snapshot)
        unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
        var unknown = 0
        while try cursor.isValid() {
            let key = unsafe UnsafeRawBufferPointer(rebasing: cursor.key.dropFirst(2))
            let hash =
                unsafe key.baseAddress.map {
                    unsafe KeyHash.hash($0.assumingMemoryBound(to: UInt8.self), key.count, seed)
                } ?? 0
            let isKnown =
                unsafe filter.mayContain(filter.hash(key))
                || (memtables.contains { unsafe $0.sessions.find(hash, key) != 0 })
            if !isKnown { unknown += 1 }
            cursor.advance()
        }
        return unknown
    }
}
