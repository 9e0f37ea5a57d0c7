import PlayerSessions
import RocksDB

/// Everything a query sees, as one: the generations in memory and the runs beneath them.
///
/// It changes only as a whole, under the store's lock: when a generation is closed, and when one has reached
/// the runs. A query that holds a view can read on while the store moves on.
struct StoreView {
    /// The generation that the writer fills.
    var active: Generation
    /// The generation that is being written to runs.
    var flushing: Generation?
    /// The runs, without what either generation holds.
    var snapshot: Snapshot

    /// The generations, newest first.
    var generations: [Generation] { [active] + (flushing.map { [$0] } ?? []) }
}
