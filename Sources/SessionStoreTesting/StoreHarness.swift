import PlayerSessions

/// How the contract suite gets at the store that it checks; made fresh, with no data, for every case.
public protocol StoreHarness {
    /// The clock that the store reads.
    var clock: ManualClock { get }

    /// Opens the store, or opens the same data again; the case has closed the former store.
    func open(retention: Retention) async throws -> any SessionStore

    /// Forces whatever the store does in the background (flush, compaction) and returns when it is done.
    ///
    /// Called only while a store is open and no append is under way.
    func settle() async throws
}

extension StoreHarness {
    /// Does nothing: for stores without background work.
    public func settle() async throws {}
}
