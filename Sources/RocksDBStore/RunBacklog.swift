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
