import PlayerSessions
import RocksDB
import Synchronization

/// What a query sees: the memtables, and the runs beneath them.
///
/// It changes only as a whole, under the store's lock, as when a memtable is closed or has reached the runs. A query
/// that holds a view can read on while the store moves on.
struct StoreView {
    /// The memtable that is being filled.
    var active: Memtable
    /// The immutable memtable that is being flushed.
    var flushing: Memtable?
    /// The filter of the sessions in the runs, and perhaps some in memtables; `nil` if there is none.
    var membership: MembershipFilter?
    /// The runs, without what either memtable holds.
    private(set) var snapshot: Snapshot

    init(active: Memtable, flushing: Memtable?, snapshot: Snapshot) {
        self.active = active
        self.flushing = flushing
        self.snapshot = snapshot
    }

    /// Replaces the snapshot and returns the former one, which must outlive the store's lock.
    mutating func exchangeSnapshot(_ other: Snapshot) -> Snapshot {
        defer { snapshot = other }
        return snapshot
    }

    /// The memtables, newest first.
    var memtables: [Memtable] { [active] + (flushing.map { [$0] } ?? []) }
}

/// The store's lock and the view that it guards.
final class SharedView: Sendable {
    /// The view; the active memtable changes only under this lock.
    let value: Mutex<StoreView>

    init(_ view: sending StoreView) {
        value = Mutex(view)
    }

    /// Makes queries read the runs as of `snapshot`; `alsoChanging` changes the rest of the view with it.
    ///
    /// The former snapshot is released after the lock: that takes the database's own lock, for which a query or the
    /// writer must not wait.
    func replaceSnapshot(
        _ snapshot: Snapshot,
        alsoChanging change: (inout StoreView) -> Void = { _ in }
    ) {
        let former = value.withLock { view in
            change(&view)
            return view.exchangeSnapshot(snapshot)
        }
        withExtendedLifetime(former) {}
    }
}
