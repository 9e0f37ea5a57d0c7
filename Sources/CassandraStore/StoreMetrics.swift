import Metrics

/// What a store on a cluster tells of itself.
struct StoreMetrics: Sendable {
    /// Batches that a quorum took.
    let stored: Counter
    /// Batches of which nothing is promised.
    let failed: Counter
    /// Batches of sums that this process's roller wrote.
    let batches: Counter

    init(_ registry: MetricsRegistry) {
        stored = registry.counter("player_sessions_store_batches_total", help: "Batches stored.")
        failed = registry.counter("player_sessions_store_failures_total", help: "Batches that failed.")
        batches = registry.counter(
            "player_sessions_store_rollups_total",
            help: "Batches of sums written by this process."
        )
    }

    func count(_ result: Result<Void, ClusterError>) {
        if case .success = result { stored.increment() } else { failed.increment() }
    }
}
