import PlayerSessions
import RocksDB
import Synchronization

/// Everything a query sees, as one: the generations in memory and the runs beneath them.
///
/// It changes only as a whole, under the store's lock: when a generation is closed, and when one has reached
/// the runs. A query that holds a view can read on while the store moves on.
struct StoreView {
    /// The generation that the writer fills.
    var active: Generation
    /// The generation that is being written to runs.
    var flushing: Generation?
    /// The sessions in the runs, and perhaps some of the generations'; `nil` where it is not known.
    var membership: MembershipFilter?
    /// The runs, without what either generation holds.
    private(set) var snapshot: Snapshot

    init(active: Generation, flushing: Generation?, snapshot: Snapshot) {
        self.active = active
        self.flushing = flushing
        self.snapshot = snapshot
    }

    /// Puts another snapshot in place and returns the former one, which must outlive the store's lock.
    mutating func exchangeSnapshot(_ other: Snapshot) -> Snapshot {
        defer { snapshot = other }
        return snapshot
    }

    /// The generations, newest first.
    var generations: [Generation] { [active] + (flushing.map { [$0] } ?? []) }
}

/// The store's lock and, behind it, the view that queries take.
final class SharedView: Sendable {
    /// The view; whoever decides changes the active generation's contents only while it holds this lock.
    let value: Mutex<StoreView>

    init(_ view: sending StoreView) {
        value = Mutex(view)
    }

    /// Lets queries read the runs as they are in `snapshot`; `alsoChanging` changes the rest of the view with it.
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
