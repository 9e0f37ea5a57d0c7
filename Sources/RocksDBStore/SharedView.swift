import Synchronization

/// The store's lock and, behind it, the view that queries take.
final class SharedView: Sendable {
    /// The view; the writer changes the active generation's contents only while it holds this lock.
    let value: Mutex<StoreView>

    init(_ view: sending StoreView) {
        value = Mutex(view)
    }
}
