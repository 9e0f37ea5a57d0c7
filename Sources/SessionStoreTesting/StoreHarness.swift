import PlayerSessions

/// The contract suite's access to the store that it checks; created fresh, without data, for every case.
public protocol StoreHarness {
    /// The clock that the store reads.
    var clock: ManualClock { get }

    /// Opens the store, or opens the same data again after the case has closed the former store.
    func open(retention: Retention) async throws -> any SessionStore

    /// Forces the store's background work (flush, compaction) and waits until it is done.
    ///
    /// Called only while a store is open and no append is pending.
    func settle() async throws
}

extension StoreHarness {
    /// Does nothing, for stores without background work.
    public func settle() async throws {}
}
