import RocksDB
import Synchronization

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
